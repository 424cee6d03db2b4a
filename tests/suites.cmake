add_test(NAME tidy COMMAND python3 ${CMAKE_SOURCE_DIR}/tests/tidy/tidy.py)
# The committed samples are what their generator writes.
add_test(NAME samples COMMAND python3 ${CMAKE_SOURCE_DIR}/scripts/samples/generate.py --check)
