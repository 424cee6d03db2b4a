/// `huitong doctor`: looks at everything a deployment stands on and says, of what does not work, which side is wrong.
#pragma once

#include "app/configuration.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace huitong::app {

/// Whose turn it is. `line`: neither end answers for it, look at the network between.
enum class Side : std::uint8_t { fine, ours, theirs, line };

struct Diagnosis {
    std::string subject; ///< "feed his-a", "upstream city"
    Side side = Side::fine;
    Issue issue; ///< rules doctor-…; of `fine` what was found in order
};

/// Whose side an issue of feeds::Adapter::probe speaks of.
Side side_of(const Issue& issue);

/// Connects to peers, binds free ports for a moment, writes nothing into the record. `feed`: only that one; "" = everything.
std::vector<Diagnosis> diagnose(const Configuration& configuration, const std::string& feed);

/// Whether something accepts connections there, and which side is wrong when not.
Diagnosis probe(std::string subject, const std::string& host, const std::string& port);

} // namespace huitong::app
