# clang-19 is the compiler Flotilla is built and tested with. g++ below 14 miscompiles ordinary coroutine code.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 14)
  message(FATAL_ERROR
    "g++ ${CMAKE_CXX_COMPILER_VERSION} miscompiles C++ coroutines. Use clang++-19 (Debian package clang-19): "
    "cmake --preset release")
endif()

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

find_program(CCACHE ccache)
if(CCACHE)
  # What a precompiled header holds is told by its inputs, not by when it was written.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE})
endif()

add_library(flotilla_options INTERFACE)
target_compile_options(flotilla_options INTERFACE -Wall -Wextra -Wpedantic -Wno-unused-parameter
  -Wno-deprecated-declarations  # libstdc++ 12 calls its own deprecated get_temporary_buffer
  -pthread $<$<COMPILE_LANG_AND_ID:CXX,Clang>:SHELL:-Xclang -fno-pch-timestamp>)
target_include_directories(flotilla_options INTERFACE ${PROJECT_SOURCE_DIR}/src)
target_compile_definitions(flotilla_options INTERFACE FLOTILLA_VERSION="${PROJECT_VERSION}")

set(FLOTILLA_SANITIZER "" CACHE STRING "address, undefined or thread")
if(FLOTILLA_SANITIZER)
  add_compile_options(-fsanitize=${FLOTILLA_SANITIZER} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${FLOTILLA_SANITIZER})
endif()
