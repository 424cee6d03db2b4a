#include "access/purposes.hpp"

#include <algorithm>

namespace huitong::access {
namespace {

struct Kinds {
    std::string_view purpose, kinds; ///< the kinds between blanks
};
constexpr Kinds kTree[] = {
    {"PurposeOfUse", " HMARKT HOPERAT HPAYMT HRESCH PATRQT PUBHLTH TREAT "},
    {"HOPERAT", " CAREMGT DONAT FRAUD GOV HACCRED HCOMPL HDECD HDIRECT HDM HLEGAL HOUTCOMS HPRGRP HQUALIMP HSYSADMIN MEMADMIN MILCDM "
                "MLTRAINING PATADMIN PATSFTY PERFMSR RECORDMGT SYSDEV TRAIN "},
    {"HSYSADMIN", " LABELING METAMGT "},
    {"SYSDEV", " HTEST "},
    {"HPAYMT", " CLMATTCH COVAUTH COVERAGE PMTDS REMITADV "},
    {"COVERAGE", " ELIGDTRM ELIGVER ENROLLM MILDCRG "},
    {"HRESCH", " BIORCH CLINTRCH DSRCH POARCH TRANSRCH "},
    {"CLINTRCH", " CLINTRCHNPC CLINTRCHPC PRECLINTRCH "},
    {"PATRQT", " FAMRQT PWATRNY SUPNWK "},
    {"PUBHLTH", " DISASTER THREAT "},
    {"TREAT", " CLINTRL COC ETREAT POPHLTH TREATDS "},
    {"ETREAT", " BTG ERTREAT "},
};
constexpr std::string_view kRoot = kTree[0].purpose;

/// "" for the root, and for what the tree does not know.
std::string_view wider(std::string_view purpose) {
    if (purpose.empty() || purpose.find(' ') != purpose.npos) return {};
    const auto name = ' ' + std::string(purpose) + ' ';
    const auto holds = [&](const Kinds& row) { return row.kinds.find(name) != row.kinds.npos; };
    const auto row = std::find_if(std::begin(kTree), std::end(kTree), holds);
    return row == std::end(kTree) ? std::string_view() : row->purpose;
}

} // namespace

bool is_purpose(std::string_view code) { return code == kRoot || !wider(code).empty(); }

bool serves(std::string_view purpose, const std::vector<std::string>& purposes) {
    for (; !purpose.empty(); purpose = wider(purpose)) {
        if (std::find(purposes.begin(), purposes.end(), purpose) != purposes.end()) return true;
    }
    return false;
}

} // namespace huitong::access
