/// `huitong view VIEW FILE…`: rows of a ViewDefinition over resources, as NDJSON or CSV.
#include "app/commands/commands.hpp"
#include "app/findings.hpp"
#include "fhir/json.hpp"
#include "views/views.hpp"

#include <fstream>
#include <iostream>
#include <iterator>

namespace huitong::app::commands {
namespace {

struct Options {
    std::string view, format = "ndjson";
    std::vector<std::string> files;
};

/// Writes the rows of what a text holds: a resource, or every entry of a Bundle.
class Writer {
public:
    Writer(const views::View& view, const std::string& format) : view_(view), csv_(format == "csv") {
        if (!csv_) return;
        std::string head;
        views::write_csv_head(view_, head);
        std::cout << head << "\n";
    }

    bool write(std::string text) {
        const auto parsed = fhir::read_json(std::move(text));
        write_findings_text(parsed.issues, std::cerr);
        if (parsed.issues.has_errors()) return false;
        const auto root = parsed.value->root();
        if (root.type() != "Bundle" || view_.resource_type() == "Bundle") return rows(root);
        bool good = true;
        for (auto entry : root.children("entry")) {
            if (const auto resource = entry.child("resource")) good = rows(resource) && good;
        }
        return good;
    }

private:
    bool rows(fhir::Element resource) {
        const auto rows = view_.rows(resource);
        if (!rows) {
            write_findings_text(rows.error(), std::cerr);
            return false;
        }
        for (const auto& row : *rows) {
            std::string line;
            if (csv_) views::write_csv(view_, row, line);
            else views::write_json(view_, row, line);
            std::cout << line << "\n";
        }
        return true;
    }

    const views::View& view_;
    bool csv_;
};

std::string text_of(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
}

int run(const Options& options) {
    auto definitions = fhir::Definitions::load_pack(fhir::Definitions::default_pack_file());
    if (!definitions) {
        write_findings_text(definitions.error(), std::cerr);
        return kConfiguration;
    }
    const auto definition = fhir::read_plain_json(text_of(options.view));
    write_findings_text(definition.issues, std::cerr);
    if (definition.issues.has_errors()) return kUsage;
    const auto view = views::View::read(*definitions, definition.value->root());
    if (!view) {
        write_findings_text(view.error(), std::cerr);
        return kUsage;
    }
    Writer writer(*view, options.format);
    bool good = true;
    for (const auto& file : options.files) {
        if (!file.ends_with(".ndjson")) {
            good = writer.write(text_of(file)) && good;
            continue;
        }
        std::ifstream in(file, std::ios::binary);
        for (std::string line; std::getline(in, line);) {
            if (!line.empty()) good = writer.write(std::move(line)) && good;
        }
    }
    return good ? kOk : kFindings;
}

} // namespace

std::function<int()> make_view(Verb command) {
    auto options = std::make_shared<Options>();
    command.add_option("view", options->view, "ViewDefinition, *.json").required().existing_file();
    command.add_option("files", options->files, "resources and Bundles (*.json), or *.ndjson").required().existing_file();
    command.add_option("--format", options->format, "ndjson or csv").one_of({"ndjson", "csv"});
    return [options] { return run(*options); };
}

} // namespace huitong::app::commands
