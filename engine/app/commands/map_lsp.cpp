/// `huitong map lsp`: the language server of maps, for editors.
#include "app/commands/commands.hpp"
#include "app/findings.hpp"
#include "app/lsp/server.hpp"

#include <iostream>

namespace huitong::app::commands {

std::function<int()> make_map_lsp(Verb command) {
    auto options = std::make_shared<MapOptions>();
    options->add_to(command);
    return [options] {
        auto bench = open_workbench(*options);
        write_findings_text(bench.issues, std::cerr);
        // A broken map of the folder is what the editor was opened for; without definitions nothing can be said.
        if (!bench.library) return static_cast<int>(kConfiguration);
        lsp::Stream stream(std::cin, std::cout);
        return lsp::Server(std::move(bench), stream).run();
    };
}

} // namespace huitong::app::commands
