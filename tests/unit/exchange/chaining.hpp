/// A hub below that serves, a hub above that pulls, and their keys.
#pragma once

#include "exchange/puller.hpp"
#include "unit/exchange/hub.hpp"

#include <fstream>

namespace huitong::tests {

inline const KeyPair& city_key() {
    static const KeyPair pair = make_key_pair("city-1");
    return pair;
}

inline access::Client city_client() {
    access::Client client;
    client.id = "city";
    client.organization = "990100P0001";
    client.jwks = city_key().jwks;
    client.scopes = {"system/*.rs"};
    return client;
}

struct Chain {
    Folder folder;
    SystemClock clock;
    ServedHub county{folder / "county", clock, {city_client()}};
    Hub city{folder / "city", clock};

    Chain() { write_key(city_key().private_pem); }
    void write_key(const std::string& pem) const { std::ofstream(folder / "city.pem") << pem; }

    exchange::Upstream upstream(const std::string& url = "") const {
        exchange::Upstream out;
        out.name = "county";
        out.url = url.empty() ? county.url() : url;
        out.token = {county.token_url(), "city", folder / "city.pem", "city-1", "system/*.rs"};
        return out;
    }
};

/// Steps until a page is not full; the reports' sum.
inline exchange::StepReport pull_all(exchange::Puller& puller) {
    exchange::StepReport sum;
    while (true) {
        const auto report = puller.step();
        if (!report) throw std::runtime_error("step failed: " + report.error().leading()->rule);
        sum.entries += report->entries;
        sum.written += report->written;
        sum.unchanged += report->unchanged;
        sum.echoes += report->echoes;
        sum.refused += report->refused;
        for (const auto& issue : report->issues.issues()) sum.issues.add(issue);
        sum.to = report->to;
        if (!report->more) return sum;
    }
}

} // namespace huitong::tests
