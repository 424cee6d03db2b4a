/// The shared record with everything that writes to it, without sockets: what `serve`, `feed test` and the other commands stand on.
/// One process holds the data directory while a Core lives.
#pragma once

#include "app/content.hpp"
#include "feeds/pipeline.hpp"
#include "identity/linking_store.hpp"
#include "interaction/interaction.hpp"
#include "recognition/recognition.hpp"

namespace huitong::app {

class Core {
public:
    /// Opens (or makes) the data directory and registers the institutions. Issues: those of load_content and open_store, feed-kind-unknown.
    static Result<std::unique_ptr<Core>> open(Configuration configuration, Outcome& warnings);
    Core(const Core&) = delete;
    Core& operator=(const Core&) = delete;
    ~Core();

    /// Reads the registers anew and writes the institutions; wrong ones are refused and the old ones stay. Thread: one at a time.
    /// Issues: those of Register::load and of the store.
    Result<std::shared_ptr<const recognition::Register>> reload_registers();

    Configuration configuration;
    std::unique_ptr<Clock> clock;
    Content content;
    std::shared_ptr<const recognition::Register> registers;
    std::shared_ptr<store::Store> base_store; ///< what lies on the disk
    std::unique_ptr<identity::Linker> linker;
    std::unique_ptr<identity::LinkingStore> store; ///< what everybody writes through: commits link persons
    interaction::Services services;
    std::vector<std::unique_ptr<feeds::Adapter>> adapters; ///< in the order of the configuration's feeds
    std::unique_ptr<feeds::Pipeline> pipeline;

private:
    Core() = default;
    Outcome open_parts(Outcome& warnings);
    Outcome register_institutions(const recognition::Register& facts);
};

} // namespace huitong::app
