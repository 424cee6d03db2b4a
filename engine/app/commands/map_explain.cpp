/// `huitong map explain`: the words of a finding's rule, in both languages.
#include "app/commands/commands.hpp"
#include "base/catalogue.hpp"

#include <iostream>

namespace huitong::app::commands {

std::function<int()> make_map_explain(Verb command) {
    auto rule = std::make_shared<std::string>();
    command.add_option("rule", *rule, "what stands in brackets behind a finding, such as fml-type").required();
    return [rule] {
        const auto* row = find_catalogue_row(*rule);
        if (!row) {
            std::cerr << "there is no rule " << *rule << "\n";
            return static_cast<int>(kFindings);
        }
        for (const auto words : {row->en, row->hint_en, row->zh, row->hint_zh}) {
            if (!words.empty()) std::cout << words << "\n";
        }
        return static_cast<int>(kOk);
    };
}

} // namespace huitong::app::commands
