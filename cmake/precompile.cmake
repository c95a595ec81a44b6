# Precompiled headers: a cold build takes two thirds of the time. flotilla_precompiled(TARGET common|tests) uses them for
# a target that links flotilla_runtime, directly or not. -DFLOTILLA_PRECOMPILED=OFF builds without.
option(FLOTILLA_PRECOMPILED "parse common headers once" ON)
if(FLOTILLA_PRECOMPILED)
  if(NOT EXISTS ${CMAKE_BINARY_DIR}/generated/precompiled.cpp)  # a new time would make it anew
    file(WRITE ${CMAKE_BINARY_DIR}/generated/precompiled.cpp "")
  endif()
  add_library(flotilla_precompiled_common STATIC ${CMAKE_BINARY_DIR}/generated/precompiled.cpp)
  target_link_libraries(flotilla_precompiled_common PRIVATE flotilla_options flotilla_asio Boost::json fmt::fmt)
  target_precompile_headers(flotilla_precompiled_common PRIVATE ${PROJECT_SOURCE_DIR}/cmake/precompiled/common.hpp)
endif()

function(flotilla_precompiled target kind)
  if(TARGET flotilla_precompiled_${kind})
    target_precompile_headers(${target} REUSE_FROM flotilla_precompiled_${kind})
  endif()
endfunction()
