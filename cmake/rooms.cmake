# flotilla_room(NAME LINK libs...) makes the library flotilla_NAME of all sources under src/NAME.
# Files named *.sql.json, *.json, *.html, *.css below a room are embedded: see cmake/embed.cmake.
include(${CMAKE_CURRENT_LIST_DIR}/embed.cmake)

function(flotilla_room name)
  cmake_parse_arguments(ROOM "" "" "LINK" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${name}/*.cpp)
  file(GLOB_RECURSE assets CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${name}/assets/*)
  if(assets)
    flotilla_embed(${name} embedded ${assets})
    list(APPEND sources ${embedded})
  endif()
  string(REPLACE "/" "_" target flotilla_${name})
  if(NOT sources)
    add_library(${target} INTERFACE)
    target_link_libraries(${target} INTERFACE flotilla_options ${ROOM_LINK})
    return()
  endif()
  add_library(${target} STATIC ${sources})
  target_link_libraries(${target} PUBLIC flotilla_options ${ROOM_LINK})
  if(NOT name STREQUAL base)  # has no Asio
    flotilla_precompiled(${target} common)
  endif()
endfunction()

# flotilla_floor(NAME LINK libs...) makes one library a folder below src/NAME and flotilla_NAME of them all, so that
# the parts of a large room are built and linked on their own. Parts see each other in the order given by PARTS, or
# not at all when they are INDEPENDENT.
function(flotilla_floor name)
  cmake_parse_arguments(FLOOR "INDEPENDENT" "" "LINK;PARTS" ${ARGN})
  add_library(flotilla_${name} INTERFACE)
  set(below ${FLOOR_LINK})
  foreach(part IN LISTS FLOOR_PARTS)
    flotilla_room(${name}/${part} LINK ${below} ${${part}_LINK})
    target_link_libraries(flotilla_${name} INTERFACE flotilla_${name}_${part})
    if(NOT FLOOR_INDEPENDENT)
      list(APPEND below flotilla_${name}_${part})
    endif()
  endforeach()
endfunction()
