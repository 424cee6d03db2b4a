/// The one currency of failure: an Outcome is a list of issues, and everything a person or a peer is told about a failure
/// (OperationOutcome, ERR segment, ACK code, HTTP status, SARIF result, caret, exit code) is derived from it in one place each.
///
/// Three forms: bad data is `Parsed<T>` (value and issues), "cannot do it" is `Result<T>` (value or Outcome), a bug is HT_ASSERT.
/// An issue never holds a value of a patient: it says where, which rule, and arguments that are names, codes or limits.
/// Thread: values; any thread.
/// Source: FHIR R4, OperationOutcome; IssueCode follows CodeSystem issue-type.
#pragma once

#include <boost/system/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace huitong {

/// `error`: the data is bad. `fatal`: we could not finish, distrust what came out.
enum class Severity : std::uint8_t { information, warning, error, fatal };

enum class IssueCode : std::uint8_t {
    invalid,
    structure,
    required,
    value,
    invariant,
    security,
    login,
    unknown,
    expired,
    forbidden,
    suppressed,
    processing,
    not_supported,
    duplicate,
    multiple_matches,
    not_found,
    deleted,
    too_long,
    code_invalid,
    extension,
    too_costly,
    business_rule,
    conflict,
    transient,
    lock_error,
    no_store,
    exception,
    timeout,
    incomplete,
    throttled,
    informational
};

/// Half-open byte range in a source text. Empty when begin == end.
struct Span {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
    bool operator==(const Span&) const = default;
};

/// Line and column count from 1; the column counts characters (code points), not bytes.
struct TextPosition {
    std::string file;
    std::uint32_t line = 0;
    std::uint32_t column = 0;
    bool operator==(const TextPosition&) const = default;
};

struct Issue {
    Severity severity = Severity::error;
    IssueCode code = IssueCode::invalid;
    std::string where;                    ///< FHIRPath-like path, "OBX[2]-5", or "" for the whole
    std::string rule;                     ///< row of the catalogue, e.g. "json-depth-max"
    std::vector<std::string> arguments;   ///< fill {0}, {1} … of the rule's text; names, codes, limits, never patient values
    std::optional<TextPosition> position; ///< where in the text, when the text is a file or an expression
    Span source;                          ///< bytes of the source document, when known
    bool operator==(const Issue&) const = default;
};

class Outcome {
public:
    Outcome() = default;
    Outcome(Issue issue) { issues_.push_back(std::move(issue)); }

    void add(Issue issue) { issues_.push_back(std::move(issue)); }
    void add(Outcome other);
    bool empty() const { return issues_.empty(); }
    /// True when an issue is `error` or `fatal`.
    bool has_errors() const;
    const std::vector<Issue>& issues() const { return issues_; }
    std::vector<Issue>& issues() { return issues_; }
    /// The first error, or the first issue when there is none; nullptr when empty. Decides status and exit code.
    const Issue* leading() const;
    bool operator==(const Outcome&) const = default;

private:
    std::vector<Issue> issues_;
};

Issue fatal(IssueCode code, std::string where, std::string rule, std::vector<std::string> arguments = {});
Issue error(IssueCode code, std::string where, std::string rule, std::vector<std::string> arguments = {});
Issue warning(IssueCode code, std::string where, std::string rule, std::vector<std::string> arguments = {});
Issue information(IssueCode code, std::string where, std::string rule, std::vector<std::string> arguments = {});

/// The code as FHIR writes it, e.g. "not-supported"; and back (nullopt: not an issue-type code).
std::string_view code_text(IssueCode code);
std::optional<IssueCode> code_of(std::string_view text);
/// "information", "warning", "error", "fatal".
std::string_view severity_text(Severity severity);

/// A value and what was found while reading it. The value is usable only as far as the issues allow.
template <class T>
struct Parsed {
    T value{};
    Outcome issues;
};

/// A value, or why there is none.
template <class T>
using Result = boost::system::result<T, Outcome>;

/// Boost calls this when `.value()` is asked of a failed Result: that is a bug of ours, so it ends in an exception that only
/// the three roots (session, worker, main) catch.
[[noreturn]] void throw_exception_from_error(const Outcome& outcome, const boost::source_location& where);

} // namespace huitong
