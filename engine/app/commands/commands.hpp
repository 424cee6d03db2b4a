/// One `make_` function a sub-command; each is defined in the file of its name.
#pragma once

#include "app/command.hpp"

namespace huitong::app::commands {

std::function<int()> make_audit(Verb command);
std::function<int()> make_backup(Verb command);
std::function<int()> make_batch(Verb command);
std::function<int()> make_catalogue(Verb command);
std::function<int()> make_doctor(Verb command);
std::function<int()> make_feed(Verb command);
std::function<int()> make_map(Verb command);
std::function<int()> make_person(Verb command);
std::function<int()> make_mpi(Verb command);
std::function<int()> make_recognition(Verb command);
std::function<int()> make_restore(Verb command);
std::function<int()> make_serve(Verb command);
std::function<int()> make_load(Verb command);
std::function<int()> make_term(Verb command);
std::function<int()> make_fhirpath(Verb command);
std::function<int()> make_validate(Verb command);
std::function<int()> make_snapshot_command(Verb command);
std::function<int()> make_package(Verb command);
std::function<int()> make_view(Verb command);
std::function<int()> make_ucum(Verb command);
std::function<int()> make_token(Verb command);
std::function<int()> make_trace(Verb command);
std::function<int()> make_upgrade(Verb command);
std::function<int()> make_keys(Verb command);
std::function<int()> make_verify(Verb command);

// Verbs of `package` and `map`, one file each.
std::function<int()> make_package_build(Verb command);
std::function<int()> make_map_run(Verb command);
std::function<int()> make_map_check(Verb command);
std::function<int()> make_map_test(Verb command);
std::function<int()> make_map_gaps(Verb command);
std::function<int()> make_map_coverage(Verb command);
std::function<int()> make_map_diff(Verb command);
std::function<int()> make_map_explain(Verb command);
std::function<int()> make_map_lsp(Verb command);
std::function<int()> make_map_model(Verb command);
std::function<int()> make_map_sheet(Verb command);

} // namespace huitong::app::commands
