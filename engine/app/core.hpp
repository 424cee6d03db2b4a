/// The shared record with everything that writes to it, without sockets: what `serve`, `feed test` and the other commands stand on.
/// One process holds the data directory while a Core lives.
#pragma once

#include "app/content.hpp"
#include "app/peer_answers.hpp"
#include "feeds/content_archive.hpp"
#include "feeds/pipeline.hpp"
#include "identity/linking_store.hpp"
#include "interaction/interaction.hpp"
#include "interaction/stored_parameters.hpp"
#include "interaction/stored_profiles.hpp"
#include "interaction/stored_terminology.hpp"
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

    /// Maps and feeds as they were under this id; nullptr: no copy is there, or it cannot be loaded. Thread: any.
    std::shared_ptr<const feeds::PastContent> content_then(const std::string& id);

    /// By itself a sealed directory has none.
    bool has_text_index() const { return configuration.text_index.value_or(!keys); }

    Configuration configuration;
    std::unique_ptr<Clock> clock;
    Content content;
    std::shared_ptr<const recognition::Register> registers;
    std::shared_ptr<KeyRing> keys;            ///< what the data directory is sealed with; nullptr: it is not sealed
    std::shared_ptr<store::Store> base_store; ///< what lies on the disk
    std::unique_ptr<identity::Linker> linker;
    std::unique_ptr<identity::LinkingStore> store; ///< what everybody writes through: commits link persons
    std::unique_ptr<interaction::StoredTerminology> stored_terminology;
    std::unique_ptr<interaction::StoredParameters> stored_parameters;
    std::unique_ptr<interaction::StoredProfiles> stored_profiles;
    interaction::Services services;
    std::unique_ptr<PeerAnswers> answers;                  ///< to queries of feeds' peers, once the hub has opened it
    std::vector<std::unique_ptr<feeds::Adapter>> adapters; ///< in the order of the configuration's feeds
    std::unique_ptr<feeds::Pipeline> pipeline;

private:
    std::mutex past_mutex_;
    std::map<std::string, std::shared_ptr<const feeds::PastContent>> past_; ///< those that traces asked for
    Core() = default;
    Outcome open_parts(Outcome& warnings);
    Outcome open_keys();
    Outcome open_store();
    std::string keep_content(Outcome& warnings) const;
    feeds::ContentArchive archive() const { return feeds::ContentArchive(configuration.data + "/content"); }
    Outcome register_institutions(const recognition::Register& facts);
};

} // namespace huitong::app
