/// One `make_` function a sub-command; each is defined in the file of its name.
#pragma once

#include "app/command.hpp"

namespace huitong::app::commands {

std::function<int()> make_audit(CLI::App& command);
std::function<int()> make_backup(CLI::App& command);
std::function<int()> make_batch(CLI::App& command);
std::function<int()> make_catalogue(CLI::App& command);
std::function<int()> make_doctor(CLI::App& command);
std::function<int()> make_feed(CLI::App& command);
std::function<int()> make_map(CLI::App& command);
std::function<int()> make_person(CLI::App& command);
std::function<int()> make_mpi(CLI::App& command);
std::function<int()> make_recognition(CLI::App& command);
std::function<int()> make_restore(CLI::App& command);
std::function<int()> make_serve(CLI::App& command);
std::function<int()> make_load(CLI::App& command);
std::function<int()> make_term(CLI::App& command);
std::function<int()> make_fhirpath(CLI::App& command);
std::function<int()> make_validate(CLI::App& command);
std::function<int()> make_snapshot_command(CLI::App& command);
std::function<int()> make_package(CLI::App& command);
std::function<int()> make_view(CLI::App& command);
std::function<int()> make_token(CLI::App& command);
std::function<int()> make_trace(CLI::App& command);
std::function<int()> make_upgrade(CLI::App& command);
std::function<int()> make_verify(CLI::App& command);

// Verbs of `package` and `map`, one file each.
std::function<int()> make_package_build(CLI::App& command);
std::function<int()> make_map_run(CLI::App& command);
std::function<int()> make_map_check(CLI::App& command);
std::function<int()> make_map_test(CLI::App& command);
std::function<int()> make_map_gaps(CLI::App& command);
std::function<int()> make_map_coverage(CLI::App& command);
std::function<int()> make_map_diff(CLI::App& command);
std::function<int()> make_map_explain(CLI::App& command);
std::function<int()> make_map_lsp(CLI::App& command);
std::function<int()> make_map_model(CLI::App& command);
std::function<int()> make_map_sheet(CLI::App& command);

} // namespace huitong::app::commands
