add_test(NAME tidy COMMAND python3 ${CMAKE_SOURCE_DIR}/tests/tidy/tidy.py)
# The committed samples are what their generator writes.
add_test(NAME samples COMMAND python3 ${CMAKE_SOURCE_DIR}/scripts/samples/generate.py --check)
if(DEFINED ENV{HUITONG_WITH_PEERS})
  add_test(NAME format COMMAND ${CMAKE_SOURCE_DIR}/scripts/format --check)
endif()
# The source models and the extensions are what their generator writes.
add_test(NAME models COMMAND python3 ${CMAKE_SOURCE_DIR}/scripts/models/generate.py --check)
