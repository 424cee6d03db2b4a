# Every library the product stands on. All are Debian 12 packages; scripts/setup installs them.
find_package(Threads REQUIRED)
find_package(Boost 1.81.0 EXACT CONFIG REQUIRED COMPONENTS url system unit_test_framework)
find_package(pugixml REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(CURL REQUIRED)
find_package(ODBC REQUIRED)   # unixODBC; the sql adapter alone links it
find_package(OpenSSL 3 REQUIRED)
find_package(fmt REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(UTF8PROC REQUIRED IMPORTED_TARGET libutf8proc)
pkg_check_modules(RE2 REQUIRED IMPORTED_TARGET re2)
find_package(ZLIB REQUIRED)

# RapidJSON, CLI11 and toml++ are headers only.
add_library(huitong_dependencies INTERFACE)
target_compile_definitions(huitong_dependencies INTERFACE
  BOOST_ASIO_NO_DEPRECATED BOOST_ALLOW_DEPRECATED_HEADERS BOOST_TEST_DYN_LINK RAPIDJSON_HAS_STDSTRING=1)
target_link_libraries(huitong_dependencies INTERFACE
  Threads::Threads Boost::headers Boost::url Boost::system pugixml::pugixml SQLite::SQLite3 CURL::libcurl OpenSSL::SSL OpenSSL::Crypto
  fmt::fmt PkgConfig::ZSTD PkgConfig::UTF8PROC PkgConfig::RE2 ZLIB::ZLIB)
