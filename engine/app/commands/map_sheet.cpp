/// `huitong map sheet`: compiles a mapping sheet to FML.
#include "app/commands/commands.hpp"
#include "app/findings.hpp"
#include "app/map_workbench.hpp"
#include "base/charset.hpp"
#include "fhir/workbook.hpp"
#include "mapping/sheet.hpp"

#include <fstream>
#include <iostream>
#include <iterator>

namespace huitong::app::commands {
namespace {

struct Options {
    MapOptions maps;
    std::string sheet, out;
};

int map_sheet(const Options& options) {
    const auto bench = open_workbench(options.maps);
    write_findings_text(bench.issues, std::cerr);
    if (bench.issues.has_errors()) return kConfiguration;
    std::ifstream in(options.sheet, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    // Spreadsheet programs of Chinese offices save CSV in GBK, or in UTF-8 with a byte-order mark.
    const auto text = fhir::is_workbook(bytes) ? fhir::read_workbook(bytes, options.sheet) : to_utf8(bytes, guess_charset(bytes));
    write_findings_text(text.issues, std::cerr);
    if (text.issues.has_errors()) return kFindings;
    auto map = mapping::compile_sheet(text.value, options.sheet, *bench.definitions);
    write_findings_text(map.issues, std::cerr);
    if (map.issues.has_errors()) return kFindings;
    if (options.out.empty()) std::cout << map.value;
    else std::ofstream(options.out, std::ios::binary) << map.value;
    return kOk;
}

} // namespace

std::function<int()> make_map_sheet(Verb command) {
    auto options = std::make_shared<Options>();
    command.add_option("sheet", options->sheet, "CSV or xlsx with columns source, target, condition, code_map, note")
        .required()
        .existing_file();
    command.add_option("--out", options->out, "file of the map; default: standard output");
    options->maps.add_to(command);
    return [options] { return map_sheet(*options); };
}

} // namespace huitong::app::commands
