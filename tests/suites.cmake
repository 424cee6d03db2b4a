add_test(NAME tidy COMMAND python3 ${CMAKE_SOURCE_DIR}/tests/tidy/tidy.py)
