/// A compiled ViewDefinition. Internal to the room.
#pragma once

#include "views/views.hpp"

namespace huitong::views {

struct ColumnPath {
    Column column;
    fhirpath::Expression path;
};

/// One `select`: its own columns come first, then those of nested selects, then those of the union.
struct Selection {
    std::optional<fhirpath::Expression> for_each;
    bool keeps_empty = false; ///< forEachOrNull
    std::vector<fhirpath::Expression> repeat;
    std::vector<ColumnPath> columns;
    std::vector<Selection> selects;
    std::vector<Selection> unions;
    std::size_t width = 0; ///< columns in all
};

struct View::Compiled {
    std::shared_ptr<const fhir::Definitions> definitions;
    std::string resource_type;
    std::map<std::string, fhirpath::Collection, std::less<>> constants;
    std::vector<fhirpath::Expression> where;
    Selection root; ///< holds the view's selects
    std::vector<Column> columns;
};

} // namespace huitong::views
