/// The recognition card as a page: what a hospital embeds that has no CDS Hooks. Plain HTML in one language; every action is a form, so the
/// page needs no script, and a browser is told to run none. Everything that came from outside is escaped. Pure. Thread: any.
#pragma once

#include "recognition/service.hpp"
#include "rest/html.hpp"

namespace huitong::rest {

/// One match on the page.
struct PageMatch {
    recognition::Held held;
    std::string images; ///< way to its images, "" = none
};

struct CardPage {
    Language language = Language::zh;
    std::string session; ///< goes with every form
    std::vector<PageMatch> matches;
    const recognition::RulePack* pack = nullptr; ///< reasons to decline
    std::string message;                         ///< what the last form met, "" = nothing to say
    bool is_late = false;                        ///< there was no answer in time
};

std::string write_card_page(const CardPage& page);
/// A page of one sentence: the code is used or too old.
std::string write_gone_page(Language language);

} // namespace huitong::rest
