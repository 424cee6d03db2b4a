# Files the build makes: the message catalogue as a string, and the definition pack that the program maps into memory.
file(GLOB catalogue_tables CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/engine/base/catalogue/*.tsv)
set(catalogue_source ${CMAKE_BINARY_DIR}/generated/catalogue_text.cpp)
add_custom_command(
  OUTPUT ${catalogue_source}
  COMMAND ${CMAKE_COMMAND} "-DTABLES=${catalogue_tables}" -DOUTPUT=${catalogue_source} -P ${CMAKE_SOURCE_DIR}/scripts/cmake/embed_catalogue.cmake
  DEPENDS ${catalogue_tables} ${CMAKE_SOURCE_DIR}/scripts/cmake/embed_catalogue.cmake
  VERBATIM)
target_sources(huitong_base PRIVATE ${catalogue_source})
