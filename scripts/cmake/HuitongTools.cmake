# Faster builds when the tools are there; nothing depends on them.
find_program(HUITONG_CCACHE ccache)
if(HUITONG_CCACHE)
  # Without this sloppiness ccache keeps nothing that was compiled with a precompiled header.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${HUITONG_CCACHE})
endif()
find_program(HUITONG_MOLD mold)
if(HUITONG_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

set(HUITONG_SANITIZE "" CACHE STRING "Sanitizers for -fsanitize=, comma separated")
# -O3 costs a seventh more build time and wins nothing that scripts/bench can see.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
option(HUITONG_PRECOMPILED "Read common headers once (g++): a third of the build time" ON)
option(HUITONG_FUZZ "Build the libFuzzer targets (clang only)" OFF)

# x86-64-v2 holds SSE4.2, which RapidJSON's scanner uses; every server since 2009 has it.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  add_compile_options(-march=x86-64-v2)
  add_compile_definitions(RAPIDJSON_SSE42)
endif()
add_compile_options(-Wall -Wextra -Wpedantic -Werror -Wno-missing-field-initializers -fno-omit-frame-pointer)
# A message names a source by its path in the project; where it was built is nobody's business.
add_compile_options(-fmacro-prefix-map=${CMAKE_SOURCE_DIR}/=)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 reports these from inside the standard library and Boost when it inlines; all are known false alarms.
  add_compile_options(-Wno-maybe-uninitialized -Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread -Wno-array-bounds
                      -Wno-dangling-pointer -Wno-mismatched-new-delete)
  # Sources are short: collecting garbage in between costs a tenth of the time and saves memory that nobody misses.
  add_compile_options("SHELL:--param ggc-min-heapsize=524288")
  # Programs and libraries share one precompiled header, so they are compiled alike.
  set(CMAKE_CXX_COMPILE_OPTIONS_PIE ${CMAKE_CXX_COMPILE_OPTIONS_PIC})
  add_compile_options(-fpch-preprocess) # ccache needs it to see through a precompiled header
else()
  set(HUITONG_PRECOMPILED OFF)
endif()
if(HUITONG_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
if(HUITONG_SANITIZE)
  add_compile_options(-fsanitize=${HUITONG_SANITIZE} -fno-sanitize-recover=all -g1)
  add_link_options(-fsanitize=${HUITONG_SANITIZE})
else()
  add_compile_options(-fstack-protector-strong)
  add_compile_definitions($<$<CONFIG:Release>:_FORTIFY_SOURCE=2>)
  add_link_options(-Wl,-z,relro,-z,now)
endif()
