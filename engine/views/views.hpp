/// SQL on FHIR: a ViewDefinition makes flat rows of resources.
///
/// A View is read and compiled once and may run from any thread any number of times; it holds no state between resources, so rows of a
/// million resources can be streamed. Not here: where the resources come from, and any SQL.
/// Source: SQL on FHIR 2.0, ViewDefinition.
#pragma once

#include "fhirpath/fhirpath.hpp"

#include <optional>

namespace huitong::views {

struct Column {
    std::string name;
    std::string type;        ///< as the view says it, "" when it does not
    bool collection = false; ///< may hold several values; a list in JSON
};

/// One row: a cell for each column, in the order of View::columns(); an empty cell is null.
using Row = std::vector<fhirpath::Collection>;

class View {
public:
    /// Reads a ViewDefinition (its root need not have a resourceType). Issues: view-member (a member is missing or of the wrong kind),
    /// view-expression, view-variable-unknown, view-column-name, view-column-twice, view-union-columns, view-constant.
    static Result<View> read(std::shared_ptr<const fhir::Definitions> definitions, fhir::Element definition);

    /// The resource type whose instances make rows.
    const std::string& resource_type() const;
    const std::vector<Column>& columns() const;

    /// The rows of one resource, in order; none when it is of another type or does not pass the view's `where`.
    /// Issues: view-where-boolean, view-column-several, view-rows-max, and those of FHIRPath.
    Result<std::vector<Row>> rows(fhir::Element resource) const;

    View(View&&) noexcept;
    View& operator=(View&&) noexcept;
    ~View();

private:
    struct Compiled;
    explicit View(std::unique_ptr<Compiled> compiled);
    std::unique_ptr<Compiled> compiled_;
};

/// A row as a JSON object with every column; numbers keep their digits.
void write_json(const View& view, const Row& row, std::string& out);
/// A line of CSV (RFC 4180) without its end; lists and complex values as JSON. `write_csv_head` gives the names.
void write_csv(const View& view, const Row& row, std::string& out);
void write_csv_head(const View& view, std::string& out);

} // namespace huitong::views
