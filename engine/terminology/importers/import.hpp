/// Readers of code systems as their owners publish them, into concept tables. None of these lists is part of the project: they are licensed
/// data that a deployment brings. Errors name file and line; rows that cannot be used are left out.
#pragma once

#include "terminology/content.hpp"

#include <functional>

namespace huitong::terminology {

/// What the files do not say of themselves.
struct ImportSettings {
    std::string url, version, title, language;
    std::function<void(std::size_t concepts)> progress; ///< called now and then; may be empty
};

/// One code system being read: its heading, its table.
class SystemImport {
public:
    explicit SystemImport(const ImportSettings& settings);
    CodeSystem system;
    void add(const ConceptDraft& draft);
    void declare(std::string code, PropertyType type);
    CodeSystem finish();

private:
    const ImportSettings& settings_;
    ConceptTableBuilder builder_;
};

/// CSV with a header: code, name[, parent, english, inactive], or the NHSA lists (icd_code, icd_name; tcm_code, tcm_name), whose hierarchy
/// stands in the codes: A00.000x001 is below A00.000, that below A00.0. Issues: those of read_csv_table, import-no-column,
/// code-map-no-code, code-list-duplicate.
Parsed<CodeSystem> import_csv(std::string_view text, const std::string& file, const ImportSettings& settings);
/// ClaML 2.0 (WHO's classifications): classes, their super-classes, preferred labels, inclusions as synonyms. Issues: import-xml.
Parsed<CodeSystem> import_claml(const std::string& text, const std::string& file, const ImportSettings& settings);
/// The LOINC table (Loinc.csv of a release), and a linguistic variant when `variant` is not empty. Issues: those of import_csv.
Parsed<CodeSystem> import_loinc(std::string_view text, std::string_view variant, const std::string& file, const ImportSettings& settings);
/// A snapshot folder of a SNOMED CT RF2 release: concepts, descriptions, is-a and attribute relationships, language reference set.
/// Issues: import-no-file.
Parsed<CodeSystem> import_rf2(const std::string& directory, const ImportSettings& settings);

/// The code just above by the form of the code, "" when none of the list is.
std::string parent_by_code(std::string_view code, const std::unordered_set<std::string>& codes);

} // namespace huitong::terminology
