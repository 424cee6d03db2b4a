add_test(NAME tidy COMMAND python3 ${CMAKE_SOURCE_DIR}/tests/tidy/tidy.py)
# The committed samples are what their generator writes.
add_test(NAME samples COMMAND python3 ${CMAKE_SOURCE_DIR}/scripts/samples/generate.py --check)
if(DEFINED ENV{HUITONG_WITH_PEERS})
  add_test(NAME format COMMAND ${CMAKE_SOURCE_DIR}/scripts/format --check)
endif()
# The source models and the extensions are what their generator writes.
add_test(NAME models COMMAND python3 ${CMAKE_SOURCE_DIR}/scripts/models/generate.py --check)
# The maps: cases with their outcome, a year of the sample hospitals, public messages where they are.
foreach(suite golden samples corpora)
  add_test(NAME maps/${suite} COMMAND python3 ${CMAKE_SOURCE_DIR}/tests/golden/${suite}.py $<TARGET_FILE:huitong>)
  set_tests_properties(maps/${suite} PROPERTIES LABELS maps TIMEOUT 300 SKIP_RETURN_CODE 77 ENVIRONMENT "HUITONG_PACK=${HUITONG_PACK}")
endforeach()
