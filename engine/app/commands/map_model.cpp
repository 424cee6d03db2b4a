/// `huitong map model`: the model of a table, and a sheet to fill in, from a header with sample rows or from DDL.
#include "app/commands/commands.hpp"
#include "app/findings.hpp"
#include "base/charset.hpp"
#include "base/csv.hpp"
#include "base/xlsx.hpp"
#include "fhir/workbook.hpp"
#include "mapping/table_model.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

namespace huitong::app::commands {
namespace {

namespace fs = std::filesystem;

struct Options {
    std::string from, name, title, folder = ".", charset = "auto", base = "https://hospital.example/fhir", form = "csv";
};

char separator_of(std::string_view text) {
    const auto line = text.substr(0, text.find('\n'));
    return std::count(line.begin(), line.end(), '\t') > std::count(line.begin(), line.end(), ',') ? '\t' : ',';
}

bool write_new(const fs::path& file, const std::string& text) {
    if (fs::exists(file)) {
        std::cerr << file.string() << " is there already and stays as it is\n";
        return false;
    }
    std::ofstream(file, std::ios::binary) << text;
    std::cout << file.string() << "\n";
    return true;
}

/// A sheet of separated text as a workbook, its comment lines in the first column.
std::string as_workbook(std::string_view text, const std::string& name) {
    std::vector<std::vector<std::string>> rows;
    for (auto& row : read_csv(text).value) rows.push_back(std::move(row.cells));
    return write_xlsx({text_sheet(name, rows)});
}

int map_model(const Options& options) {
    std::ifstream in(options.from, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    const auto named = options.charset == "auto" ? std::nullopt : read_charset(options.charset);
    auto decoded =
        fhir::is_workbook(bytes) ? fhir::read_workbook(bytes, options.from) : to_utf8(bytes, named.value_or(guess_charset(bytes)));
    const bool is_ddl = fs::path(options.from).extension() == ".sql";
    auto model = is_ddl ? mapping::model_of_ddl(decoded.value) : mapping::model_of_table(decoded.value, separator_of(decoded.value));
    decoded.issues.add(std::move(model.issues));
    for (auto& issue : decoded.issues.issues()) {
        if (!issue.position) issue.position = TextPosition{options.from, 0, 0};
        else issue.position->file = options.from;
    }
    write_findings_text(decoded.issues, std::cerr);
    if (decoded.issues.has_errors()) return kFindings;
    model.value.name = options.name;
    if (!options.title.empty()) model.value.title = options.title;
    else if (model.value.title.empty()) model.value.title = fs::path(options.from).stem().string();
    const fs::path folder(options.folder);
    const bool has_model = write_new(folder / (options.name + ".json"), mapping::write_table_model(model.value, options.base));
    const auto skeleton = mapping::write_skeleton_sheet(model.value, options.base);
    const bool has_sheet = options.form == "xlsx" ? write_new(folder / (options.name + ".xlsx"), as_workbook(skeleton, options.name))
                                                  : write_new(folder / (options.name + ".csv"), skeleton);
    return has_model && has_sheet ? kOk : kFindings;
}

} // namespace

std::function<int()> make_map_model(Verb command) {
    auto options = std::make_shared<Options>();
    command.add_option("--from", options->from, "table with its header (*.csv, *.tsv, *.txt, *.xlsx), or DDL (*.sql)")
        .required()
        .existing_file();
    command.add_option("--name", options->name, "of the model: a plain word, such as CountyResult").required();
    command.add_option("--title", options->title, "in words");
    command.add_option("--base", options->base, "first part of the urls of model and map");
    command.add_option("--charset", options->charset, "of the file: auto, GBK, UTF-8 …");
    command.add_option("--sheet", options->form, "form of the sheet: csv or xlsx").one_of({"csv", "xlsx"});
    command.add_option("--out", options->folder, "folder for NAME.json and NAME.csv or NAME.xlsx").existing_folder();
    return [options] { return map_model(*options); };
}

} // namespace huitong::app::commands
