/// Languages that an answer's displays are wanted in, and the choice among a concept's texts.
/// Source: RFC 9110 §12.5.4 (Accept-Language), RFC 4647 (basic filtering); FHIR R4 $expand displayLanguage.
#pragma once

#include "terminology/content.hpp"

namespace huitong::terminology {

class Languages {
public:
    Languages() = default;
    /// nullopt: no language range.
    static std::optional<Languages> read(std::string_view text);

    bool empty() const { return ranges_.empty(); }
    /// As it is given back: "de, *; q=0".
    std::string text() const;
    /// The languages alone, "--" when none is asked for.
    std::string names() const;
    /// Nothing but the named languages will do ("*; q=0").
    bool is_strict() const;
    /// 0: no; else the better the greater.
    int fit(std::string_view language) const;
    /// One of the named languages has that text's language; `language` "" fits all.
    bool accepts(std::string_view language) const { return empty() || language.empty() || fit(language) > 0; }

private:
    struct Range {
        std::string tag;
        double weight = 1;
        bool weighted = false;
    };
    std::vector<Range> ranges_;
};

/// A text that may be shown for a concept.
struct DisplayText {
    std::string language, text;
};

/// Which of the texts to show: `own` (the display, in the system's language) where nothing fits better; -2: none, because the wish is
/// strict. -1: `own`; else the index among `others`.
int choose_display(const Languages& languages, const DisplayText& own, const std::vector<DisplayText>& others);

} // namespace huitong::terminology
