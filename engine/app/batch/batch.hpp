/// `huitong batch`: the pure engines as a co-process, one JSON request a line, one JSON answer a line, in order.
/// Each operation is a function of (request, files) that shares nothing; a request never ends the process.
/// Thread: one; a watchdog ends an operation that passes its time limit by the engines' own step limits.
#pragma once

#include "base/limits.hpp"
#include "fhir/definitions.hpp"
#include "fhir/tree.hpp"

#include <boost/system/result.hpp>
#include <rapidjson/document.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace huitong::app::batch {

/// Why there is no answer. Stages: syntax, semantic, execution, unsupported, io, request.
struct Failure {
    std::string stage, message;
    std::uint32_t line = 0, column = 0; ///< 0: not known
    Failure() = default;
    Failure(std::string stage_, std::string message_, std::uint32_t line_ = 0, std::uint32_t column_ = 0)
        : stage(std::move(stage_)), message(std::move(message_)), line(line_), column(column_) {}
};

/// The answer's members without braces and without "id", e.g. `"result":[…]`.
using Answer = boost::system::result<std::string, Failure>;
[[noreturn]] void throw_exception_from_error(const Failure& failure, const boost::source_location& where);

/// The request as parsed; numbers are kept as text (rapidjson kParseNumbersAsStringsFlag is NOT used: use `raw` for inline resources).
struct Request {
    rapidjson::Document json;
    std::string line; ///< the whole line
    /// Text of a string member, or `fallback` when absent. Null and other types count as absent.
    std::string text(const char* member, std::string fallback = {}) const;
    bool flag(const char* member) const;
    /// The strings of a list; what is none is passed over.
    std::vector<std::string> texts(const char* member) const;
    bool has(const char* member) const { return json.HasMember(member); }
    /// Exact source text of a member's value (digits kept), "" when absent.
    std::string raw(const char* member) const;
};

class Files {
public:
    /// `packages`: conformance resources that every request knows, besides R4; `definitions` holds their structures already.
    Files(std::string root, std::shared_ptr<fhir::Definitions> definitions, std::vector<fhir::DocumentPtr> packages = {})
        : root_(std::move(root)), definitions_(std::move(definitions)), packages_(std::move(packages)) {}

    std::string path_of(const std::string& path) const { return path.starts_with('/') ? path : root_ + "/" + path; }
    /// Whole file, relative to --root. Failure stage io.
    boost::system::result<std::string, Failure> read(const std::string& path) const;
    /// Reads a .json or .xml resource into a tree. Failures: io; syntax when it cannot be parsed.
    /// `model` = false: JSON of any kind, its root is named "resource".
    boost::system::result<fhir::DocumentPtr, Failure> document(const std::string& path, bool model = true) const;
    boost::system::result<fhir::DocumentPtr, Failure> document_of_json(std::string text) const;
    const std::shared_ptr<fhir::Definitions>& definitions() const { return definitions_; }
    const std::vector<fhir::DocumentPtr>& packages() const { return packages_; }
    /// A fresh copy that an operation may add structures to.
    std::shared_ptr<fhir::Definitions> fresh_definitions() const;

private:
    std::string root_;
    std::shared_ptr<fhir::Definitions> definitions_;
    std::vector<fhir::DocumentPtr> packages_;
};

/// First error of an outcome as a failure of that stage, in English, with line and column.
Failure failure_of(std::string stage, const Outcome& outcome);
/// `"outcome":{…}` with every issue in English.
std::string outcome_member(const Outcome& outcome);
/// True for "4.0", "4.0.1", "" (default); "none" is answered by the operation itself.
bool is_r4(std::string_view fhir_version);

// One file each beside this header.
Answer fhirpath(const Request& request, const Files& files);
Answer searchparam(const Request& request, const Files& files);
Answer ecl_parse(const Request& request, const Files& files);
Answer ucum_validate(const Request& request, const Files& files);
Answer ucum_display(const Request& request, const Files& files);
Answer ucum_convert(const Request& request, const Files& files);
Answer ucum_multiply(const Request& request, const Files& files);
Answer ucum_divide(const Request& request, const Files& files);
Answer validate(const Request& request, const Files& files);
Answer map_parse(const Request& request, const Files& files);
Answer map_run(const Request& request, const Files& files);
Answer patch(const Request& request, const Files& files);
Answer cds_hooks_check(const Request& request, const Files& files);
Answer snapshot(const Request& request, const Files& files);
Answer package_list(const Request& request, const Files& files);
Answer view(const Request& request, const Files& files);
Answer convert(const Request& request, const Files& files);

} // namespace huitong::app::batch
