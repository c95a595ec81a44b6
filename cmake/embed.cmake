# flotilla_embed(ROOM OUT files...) writes one generated source that defines
#   std::string_view flotilla::ROOM::asset(std::string_view name)   (empty when there is no such asset)
#   std::span<const std::string_view> flotilla::ROOM::asset_names()
# so that the binary needs no file beside it. Names are relative to src/ROOM/assets.
function(flotilla_embed room out)
  set(source ${CMAKE_BINARY_DIR}/generated/${room}_assets.cpp)
  string(JOIN "|" joined ${ARGN})
  add_custom_command(
    OUTPUT ${source}
    COMMAND ${CMAKE_COMMAND} -DROOM=${room} -DOUT=${source} -DBASE=${PROJECT_SOURCE_DIR}/src/${room}/assets
            "-DFILES=${joined}" -P ${PROJECT_SOURCE_DIR}/cmake/write_assets.cmake
    DEPENDS ${ARGN} ${PROJECT_SOURCE_DIR}/cmake/write_assets.cmake
    VERBATIM)
  set(${out} ${source} PARENT_SCOPE)
endfunction()
