# Files the build makes: the message catalogue as a string, and the definition pack that the program maps into memory.
file(GLOB catalogue_tables CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/engine/base/catalogue/*.tsv)
set(catalogue_source ${CMAKE_BINARY_DIR}/generated/catalogue_text.cpp)
add_custom_command(
  OUTPUT ${catalogue_source}
  COMMAND ${CMAKE_COMMAND} "-DTABLES=${catalogue_tables}" -DOUTPUT=${catalogue_source} -P ${CMAKE_SOURCE_DIR}/scripts/cmake/embed_catalogue.cmake
  DEPENDS ${catalogue_tables} ${CMAKE_SOURCE_DIR}/scripts/cmake/embed_catalogue.cmake
  VERBATIM)
target_sources(huitong_base PRIVATE ${catalogue_source})

set(HUITONG_DEFINITIONS ${CMAKE_SOURCE_DIR}/.cache/hl7.fhir.r4.examples-4.0.1.tgz CACHE FILEPATH "FHIR R4 definition package (scripts/setup fetches it)")
set(HUITONG_PACK ${CMAKE_BINARY_DIR}/r4.pack CACHE INTERNAL "the compiled definition pack")
add_executable(huitong-pack ${CMAKE_SOURCE_DIR}/scripts/pack/pack_main.cpp)
target_link_libraries(huitong-pack PRIVATE huitong_fhir)
add_custom_command(
  OUTPUT ${HUITONG_PACK}
  COMMAND huitong-pack ${HUITONG_DEFINITIONS} ${HUITONG_PACK}
  DEPENDS huitong-pack ${HUITONG_DEFINITIONS}
  COMMENT "Compiling the FHIR definition pack"
  VERBATIM)
add_custom_target(huitong_pack ALL DEPENDS ${HUITONG_PACK})
