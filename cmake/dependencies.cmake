find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json)
find_package(OpenSSL 3 REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(ZLIB REQUIRED)
find_package(date REQUIRED)
find_package(CLI11 REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(brotlienc REQUIRED IMPORTED_TARGET libbrotlienc)
pkg_check_modules(re2 REQUIRED IMPORTED_TARGET re2)

# Asio and Beast are compiled once, not in every translation unit: it halves the build.
add_library(flotilla_asio STATIC ${PROJECT_SOURCE_DIR}/cmake/separate/asio.cpp)
target_compile_definitions(flotilla_asio PUBLIC
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_BOOST_COROUTINE)
target_link_libraries(flotilla_asio PUBLIC Boost::headers Threads::Threads)

add_library(flotilla_beast STATIC ${PROJECT_SOURCE_DIR}/cmake/separate/beast.cpp)
target_compile_definitions(flotilla_beast PUBLIC BOOST_BEAST_SEPARATE_COMPILATION)
target_link_libraries(flotilla_beast PUBLIC flotilla_asio)
