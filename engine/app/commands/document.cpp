/// `huitong document write`: a national document out of a bundle, without a hub.
#include "app/commands/document.hpp"
#include "app/document_writer.hpp"
#include "app/findings.hpp"
#include "app/map_workbench.hpp"
#include "fhir/json.hpp"

#include <fstream>
#include <iostream>
#include <iterator>

namespace huitong::app::commands {
namespace {

struct Options {
    MapOptions maps;
    std::string form, input, output, encoding = "UTF-8";
};

int write(const Options& options) {
    const auto charset = read_charset(options.encoding);
    if (!charset) {
        std::cerr << "--encoding: UTF-8 or GB18030\n";
        return kUsage;
    }
    auto bench = open_workbench(options.maps);
    write_findings_text(bench.issues, std::cerr);
    if (bench.issues.has_errors()) return kConfiguration;
    std::ifstream in(options.input, std::ios::binary);
    auto bundle = fhir::read_json(std::string(std::istreambuf_iterator<char>(in), {}));
    write_findings_text(bundle.issues, std::cerr);
    if (bundle.issues.has_errors() || !bundle.value) return kFindings;
    const SetClock clock(bench.run.now); // 0 without --now: the map then takes the machine's time
    const auto document = MappedDocuments(*bench.library, clock).write(*bundle.value, nullptr, options.form, *charset);
    write_findings_text(document.issues, std::cerr);
    if (document.issues.has_errors()) return kFindings;
    if (options.output.empty()) std::cout << document.value;
    else std::ofstream(options.output, std::ios::binary) << document.value;
    return kOk;
}

} // namespace

std::function<int()> make_document(Verb command) {
    command.needs_a_verb();
    const auto verb = command.add_verb("write", "a bundle, the report or the stay first, as a WS/T 500 document · 生成卫生信息共享文档");
    auto options = std::make_shared<Options>();
    verb.add_option("--form", options->form, "C0006 examination, C0007 laboratory, C0053 discharge").required();
    verb.add_option("--input", options->input, "a Bundle, *.json").required().existing_file();
    verb.add_option("-o,--output", options->output, "file; without it the document goes to standard output");
    verb.add_option("--encoding", options->encoding, "of the document: UTF-8 or GB18030");
    options->maps.add_to(verb);
    return [options] { return write(*options); };
}

} // namespace huitong::app::commands
