add_test(NAME tidy COMMAND python3 ${CMAKE_SOURCE_DIR}/tests/tidy/tidy.py)
# The committed samples are what their generator writes.
add_test(NAME samples COMMAND python3 ${CMAKE_SOURCE_DIR}/scripts/samples/generate.py --check)
if(DEFINED ENV{HUITONG_WITH_PEERS})
  add_test(NAME format COMMAND ${CMAKE_SOURCE_DIR}/scripts/format --check)
endif()
# The source models and the extensions are what their generator writes.
add_test(NAME models COMMAND python3 ${CMAKE_SOURCE_DIR}/scripts/models/generate.py --check)
# Changed inputs for every reader; more of them by hand: huitong_fuzz TARGET --runs 1000000 --seed 7.
if(NOT HUITONG_FUZZ)
  foreach(target json xml workbook frames er7 cda soap table dicom fhirpath fml ecl graphql criteria date decimal unit charset csv transport)
    add_test(NAME fuzz/${target} COMMAND huitong_fuzz ${target} --runs 3000 WORKING_DIRECTORY ${CMAKE_BINARY_DIR})
    set_tests_properties(fuzz/${target} PROPERTIES LABELS fuzz TIMEOUT 120 ENVIRONMENT "HUITONG_SOURCE=${CMAKE_SOURCE_DIR};HUITONG_PACK=${HUITONG_PACK}")
  endforeach()
endif()
# The maps: cases with their outcome, a year of the sample hospitals, public messages where they are.
foreach(suite golden samples corpora documents written pairs)
  add_test(NAME maps/${suite} COMMAND python3 ${CMAKE_SOURCE_DIR}/tests/golden/${suite}.py $<TARGET_FILE:huitong>)
  set_tests_properties(maps/${suite} PROPERTIES LABELS maps TIMEOUT 300 SKIP_RETURN_CODE 77 ENVIRONMENT "HUITONG_PACK=${HUITONG_PACK}")
endforeach()

# The shipped maps have no findings.
add_test(NAME maps/check COMMAND huitong map check mappings --terminology terminology/maps --terminology terminology/systems --structures fhir-profiles
  WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
set_tests_properties(maps/check PROPERTIES LABELS maps TIMEOUT 120 ENVIRONMENT "HUITONG_PACK=${HUITONG_PACK}")
# The profile set becomes a package: every snapshot can be made, in the order of its base.
add_test(NAME profiles/package COMMAND huitong package build ${CMAKE_SOURCE_DIR}/fhir-profiles -o ${CMAKE_BINARY_DIR}/huitong.region.cn.tgz)
set_tests_properties(profiles/package PROPERTIES TIMEOUT 60 ENVIRONMENT "HUITONG_PACK=${HUITONG_PACK}")
# The R4 package against itself: snapshots made anew, errors in its examples that were looked at one by one.
set(published ${CMAKE_SOURCE_DIR}/.cache/hl7.fhir.r4.examples-4.0.1.tgz)
if(EXISTS ${published})
  add_test(NAME conformance/snapshots COMMAND python3 ${CMAKE_SOURCE_DIR}/tests/conformance/snapshots.py --package ${published} --program $<TARGET_FILE:huitong> --at-least 422)
  add_test(NAME conformance/example-errors COMMAND python3 ${CMAKE_SOURCE_DIR}/tests/conformance/example_errors.py --package ${published} --program $<TARGET_FILE:huitong>)
  set_tests_properties(conformance/snapshots conformance/example-errors PROPERTIES TIMEOUT 300 ENVIRONMENT "HUITONG_PACK=${HUITONG_PACK}")
endif()
# Chongqing's package with its authors' cases, and the lists of NHSA, where they are.
add_test(NAME conformance/china COMMAND python3 ${CMAKE_SOURCE_DIR}/tests/conformance/china.py --program $<TARGET_FILE:huitong>)
set_tests_properties(conformance/china PROPERTIES TIMEOUT 120 SKIP_RETURN_CODE 77 ENVIRONMENT "HUITONG_PACK=${HUITONG_PACK}")
# The story over the network: real sockets, files and bytes, clients that are not ours. Two days, one of them behind a year's end.
foreach(day 2026-11-21 2027-01-02)
  add_test(NAME scenarios/story-${day} COMMAND python3 ${CMAKE_SOURCE_DIR}/tests/scenarios/demo.py --once --day-zero ${day})
  set_tests_properties(scenarios/story-${day} PROPERTIES LABELS scenario TIMEOUT 300 ENVIRONMENT "HUITONG_PROGRAM=$<TARGET_FILE:huitong>")
endforeach()
add_test(NAME scenarios/chaining COMMAND python3 ${CMAKE_SOURCE_DIR}/tests/scenarios/chaining.py)
set_tests_properties(scenarios/chaining PROPERTIES LABELS scenario TIMEOUT 300 ENVIRONMENT "HUITONG_PROGRAM=$<TARGET_FILE:huitong>")
# Messages of ack.tsv and, where they are, public ones: the right answer to each, from a running hub.
add_test(NAME scenarios/corpus COMMAND python3 ${CMAKE_SOURCE_DIR}/tests/scenarios/corpus.py)
set_tests_properties(scenarios/corpus PROPERTIES LABELS scenario TIMEOUT 300 ENVIRONMENT "HUITONG_PROGRAM=$<TARGET_FILE:huitong>")
# Institutions, certificates and packs read anew by a running hub; messages that waited for an institution.
add_test(NAME scenarios/registers COMMAND python3 ${CMAKE_SOURCE_DIR}/tests/scenarios/registers.py)
set_tests_properties(scenarios/registers PROPERTIES LABELS scenario TIMEOUT 120 ENVIRONMENT "HUITONG_PROGRAM=$<TARGET_FILE:huitong>")
# Peers that stand still or lie, floods, a kill in a batch, a full disk.
add_test(NAME scenarios/pressure COMMAND python3 ${CMAKE_SOURCE_DIR}/tests/scenarios/pressure.py)
set_tests_properties(scenarios/pressure PROPERTIES LABELS scenario TIMEOUT 180 ENVIRONMENT "HUITONG_PROGRAM=$<TARGET_FILE:huitong>")
# A dead letter corrected and sent again.
add_test(NAME scenarios/dead-letters COMMAND python3 ${CMAKE_SOURCE_DIR}/tests/scenarios/dead_letters.py)
set_tests_properties(scenarios/dead-letters PROPERTIES LABELS scenario TIMEOUT 120 ENVIRONMENT "HUITONG_PROGRAM=$<TARGET_FILE:huitong>")
# A trace shows the map that ran, also after the maps changed.
add_test(NAME scenarios/old-maps COMMAND python3 ${CMAKE_SOURCE_DIR}/tests/scenarios/old_maps.py)
set_tests_properties(scenarios/old-maps PROPERTIES LABELS scenario TIMEOUT 120 ENVIRONMENT "HUITONG_PROGRAM=$<TARGET_FILE:huitong>")
# The Debian package holds all that a hub needs.
add_test(NAME scenarios/installed COMMAND python3 ${CMAKE_SOURCE_DIR}/tests/scenarios/installed.py)
set_tests_properties(scenarios/installed PROPERTIES LABELS scenario TIMEOUT 300 ENVIRONMENT "HUITONG_PROGRAM=$<TARGET_FILE:huitong>")
# A new hospital's first day, an editor that speaks to the language server, MLLP over TLS, messages that leave the hub. A changed rule followed to what it wrote.  What a message leaves out and the record keeps.
foreach(name new_hospital map_lsp mllp_tls forward query changed_rule kept parts)
  add_test(NAME scenarios/${name} COMMAND python3 ${CMAKE_SOURCE_DIR}/tests/scenarios/${name}.py)
  set_tests_properties(scenarios/${name} PROPERTIES LABELS scenario TIMEOUT 300 ENVIRONMENT "HUITONG_PROGRAM=$<TARGET_FILE:huitong>")
endforeach()
# Feeds that fetch: a database view over ODBC, an SFTP server, an image archive; skipped with words where the peer is not installed.
foreach(name sql_feed sftp_feed pacs_feed)
  add_test(NAME scenarios/${name} COMMAND python3 ${CMAKE_SOURCE_DIR}/tests/scenarios/${name}.py)
  set_tests_properties(scenarios/${name} PROPERTIES LABELS scenario TIMEOUT 300 SKIP_RETURN_CODE 77 ENVIRONMENT "HUITONG_PROGRAM=$<TARGET_FILE:huitong>")
endforeach()
add_test(NAME scenarios/documents COMMAND python3 ${CMAKE_SOURCE_DIR}/tests/scenarios/documents.py)
set_tests_properties(scenarios/documents PROPERTIES LABELS scenario TIMEOUT 300 ENVIRONMENT "HUITONG_PROGRAM=$<TARGET_FILE:huitong>")
add_test(NAME scenarios/signatures COMMAND python3 ${CMAKE_SOURCE_DIR}/tests/scenarios/signatures.py)
set_tests_properties(scenarios/signatures PROPERTIES LABELS scenario TIMEOUT 300 ENVIRONMENT "HUITONG_PROGRAM=$<TARGET_FILE:huitong>")
# Hospitals' platforms over SOAP: persons, visits, orders, documents in; questions answered from the record; hostile requests.
add_test(NAME scenarios/services COMMAND python3 ${CMAKE_SOURCE_DIR}/tests/scenarios/services.py)
set_tests_properties(scenarios/services PROPERTIES LABELS scenario TIMEOUT 300 ENVIRONMENT "HUITONG_PROGRAM=$<TARGET_FILE:huitong>")
# Backups made while the hub writes, restored and checked; a store of an older program upgraded.
add_test(NAME scenarios/backup COMMAND python3 ${CMAKE_SOURCE_DIR}/tests/scenarios/backup.py)
set_tests_properties(scenarios/backup PROPERTIES LABELS scenario TIMEOUT 300 ENVIRONMENT "HUITONG_PROGRAM=$<TARGET_FILE:huitong>")
# Posted and compiled terminology of a running hub.
add_test(NAME scenarios/terminology COMMAND python3 ${CMAKE_SOURCE_DIR}/tests/scenarios/terminology.py)
set_tests_properties(scenarios/terminology PROPERTIES LABELS scenario TIMEOUT 120 ENVIRONMENT "HUITONG_PROGRAM=$<TARGET_FILE:huitong>")
# New search parameters, imports, exports over restarts, expunges.
add_test(NAME scenarios/server COMMAND python3 ${CMAKE_SOURCE_DIR}/tests/scenarios/server.py)
set_tests_properties(scenarios/server PROPERTIES LABELS scenario TIMEOUT 300 ENVIRONMENT "HUITONG_PROGRAM=$<TARGET_FILE:huitong>")
# The checks N01 to N48 of the threat model, and what the owner of a directory does: over the network and the control socket.
foreach(name trust matrix authorisation imaging trail sign_in openid mixed owner at_rest privacy)
  add_test(NAME scenarios/${name} COMMAND python3 ${CMAKE_SOURCE_DIR}/tests/scenarios/${name}.py)
  set_tests_properties(scenarios/${name} PROPERTIES LABELS scenario TIMEOUT 300 ENVIRONMENT "HUITONG_PROGRAM=$<TARGET_FILE:huitong>")
endforeach()
# kill -9 under load; the full drill is tests/reliability/kill.py --kills 50.
add_test(NAME reliability/kill COMMAND python3 ${CMAKE_SOURCE_DIR}/tests/reliability/kill.py --kills 6)
set_tests_properties(reliability/kill PROPERTIES LABELS reliability TIMEOUT 400 ENVIRONMENT "HUITONG_PROGRAM=$<TARGET_FILE:huitong>")
# Many clients at once on one resource and on one key; longer by hand: --seconds 60 --creates 1000000 --batch 50.
add_test(NAME reliability/concurrent COMMAND python3 ${CMAKE_SOURCE_DIR}/tests/reliability/concurrent.py)
set_tests_properties(reliability/concurrent PROPERTIES LABELS reliability TIMEOUT 200 ENVIRONMENT "HUITONG_PROGRAM=$<TARGET_FILE:huitong>")
# Walks over pages while others write; longer by hand: --seconds 120.
add_test(NAME reliability/pages COMMAND python3 ${CMAKE_SOURCE_DIR}/tests/reliability/pages.py)
set_tests_properties(reliability/pages PROPERTIES LABELS reliability TIMEOUT 200 ENVIRONMENT "HUITONG_PROGRAM=$<TARGET_FILE:huitong>")

# Measurements run by hand; built only when asked for.
add_executable(bench_recognition EXCLUDE_FROM_ALL bench/recognition/signed_order.cpp)
target_include_directories(bench_recognition PRIVATE ${CMAKE_SOURCE_DIR}/tests)
target_link_libraries(bench_recognition PRIVATE huitong_rest)
add_executable(bench_terminology EXCLUDE_FROM_ALL bench/terminology/million.cpp)
target_link_libraries(bench_terminology PRIVATE huitong_terminology)
add_executable(bench_engines EXCLUDE_FROM_ALL bench/engines/engines.cpp)
target_link_libraries(bench_engines PRIVATE huitong_validation)
add_executable(bench_message EXCLUDE_FROM_ALL bench/feeds/message_steps.cpp)
target_include_directories(bench_message PRIVATE ${CMAKE_SOURCE_DIR}/tests)
target_link_libraries(bench_message PRIVATE huitong_app)
add_executable(bench_tokenise EXCLUDE_FROM_ALL bench/feeds/tokenise.cpp)
target_link_libraries(bench_tokenise PRIVATE huitong_adapter_hl7v2)
add_library(bench_slow_sync MODULE EXCLUDE_FROM_ALL bench/feeds/slow_sync.cpp)
target_link_libraries(bench_slow_sync PRIVATE ${CMAKE_DL_LIBS})

# Clients as other people wrote them; only where they may be fetched.
if(DEFINED ENV{HUITONG_WITH_PEERS})
  add_test(NAME clients COMMAND python3 ${CMAKE_SOURCE_DIR}/tests/clients/clients.py --program $<TARGET_FILE:huitong>)
  set_tests_properties(clients PROPERTIES LABELS scenario TIMEOUT 900 SKIP_RETURN_CODE 77 ENVIRONMENT "HUITONG_PACK=${HUITONG_PACK}")
endif()
