/// `huitong term import`: one published list into one *.codes file.
#include "app/commands/term_options.hpp"
#include "app/print.hpp"
#include "terminology/importers/import.hpp"

#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

namespace huitong::app::commands {
namespace {

struct Options {
    terminology::ImportSettings settings;
    std::string kind = "csv", input, variant, output;
};

std::optional<std::string> read_file(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) return std::nullopt;
    return std::string(std::istreambuf_iterator<char>(in), {});
}

Parsed<terminology::CodeSystem> import_list(const Options& options) {
    if (options.kind == "rf2") return terminology::import_rf2(options.input, options.settings);
    const auto text = read_file(options.input);
    Parsed<terminology::CodeSystem> out;
    if (!text) {
        out.issues.add(error(IssueCode::not_found, options.input, "terminology-file", {options.input}));
        return out;
    }
    if (options.kind == "claml") return terminology::import_claml(*text, options.input, options.settings);
    if (options.kind == "loinc") {
        const auto variant = options.variant.empty() ? std::optional<std::string>("") : read_file(options.variant);
        if (variant) return terminology::import_loinc(*text, *variant, options.input, options.settings);
        out.issues.add(error(IssueCode::not_found, options.variant, "terminology-file", {options.variant}));
        return out;
    }
    return terminology::import_csv(*text, options.input, options.settings);
}

/// Written beside and renamed: a hub that has the old file mapped keeps it.
Outcome write_table(const std::string& file, std::string_view bytes) {
    const auto temporary = file + ".new";
    std::error_code failure;
    std::filesystem::create_directories(std::filesystem::absolute(file).parent_path(), failure);
    {
        std::ofstream out(temporary, std::ios::binary | std::ios::trunc);
        out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        if (!out.flush()) return error(IssueCode::no_store, file, "import-write", {file});
    }
    std::filesystem::rename(temporary, file, failure);
    return failure ? Outcome(error(IssueCode::no_store, file, "import-write", {file})) : Outcome();
}

int run(Options options) {
    options.settings.progress = [](std::size_t concepts) { std::cerr << concepts << " concepts\n"; };
    const auto read = import_list(options);
    print_issues(read.issues);
    if (!read.value.concepts || read.value.concepts->size() == 0) return kFindings;
    if (auto issues = write_table(options.output, read.value.concepts->bytes()); issues.has_errors()) {
        print_issues(issues);
        return kDataStore;
    }
    std::cout << options.output << ": " << read.value.concepts->size() << " concepts of " << read.value.canonical() << ", "
              << read.value.concepts->bytes().size() << " bytes\n";
    return read.issues.has_errors() ? kFindings : kOk;
}

} // namespace

std::function<int()> make_term_import(Verb command) {
    auto options = std::make_shared<Options>();
    command.add_option("input", options->input, "the file; for rf2 the Snapshot folder of the release").required();
    command.add_option("--kind", options->kind, "csv (also the lists of NHSA), claml, loinc, rf2").one_of({"csv", "claml", "loinc", "rf2"});
    command.add_option("--url", options->settings.url, "url of the code system").required();
    command.add_option("--version", options->settings.version, "its version");
    command.add_option("--title", options->settings.title, "its name");
    command.add_option("--language", options->settings.language, "language of its names, e.g. zh");
    command.add_option("--variant", options->variant, "loinc: linguistic variant (zhCN…LinguisticVariant.csv)");
    command.add_option("-o,--output", options->output, "file to write, *.codes; put it into a folder of [content] terminology").required();
    return [options] { return run(*options); };
}

} // namespace huitong::app::commands
