#include "adapters/cda/cda.hpp"

#include "adapters/cda/document.hpp"
#include "adapters/cda/enclosure.hpp"
#include "adapters/cda/header.hpp"
#include "adapters/cda/signed_tree.hpp"
#include "adapters/drop/drop.hpp"

namespace huitong::adapters::cda {
namespace {

class CdaAdapter final : public feeds::Adapter {
public:
    CdaAdapter(const feeds::FeedSettings& settings, const Limits& limits, const Clock& clock)
        : settings_(settings), authorities_(settings.setting("authorities")), limits_(limits), clock_(clock) {}

    boost::asio::awaitable<void> run(feeds::Inbox& inbox) override {
        auto settings = drop::read_drop_settings(settings_, {".xml"});
        settings.companions = {".p7s", ".sig"};
        drop::Split split = [this](drop::DropFile file) {
            const auto read = std::make_shared<drop::DropFile>(std::move(file));
            drop::Contents out;
            out.count = 1;
            out.message = [this, read](std::size_t) {
                return document_message(std::move(read->bytes), read->beside, settings_.name, settings_.setting("charset"), limits_,
                                        clock_.now());
            };
            return out;
        };
        co_await drop::watch(std::move(settings), std::move(split), inbox, &trouble_);
    }

    Parsed<fhir::DocumentPtr> decode(const feeds::RawMessage& message) const override {
        const auto [document, signature] = opened(message.bytes, message.media_type);
        auto out = read_document(document, settings_.setting("charset"), limits_);
        if (out.issues.has_errors() || !out.value || out.value->size() == 0) return out;
        const signature::Subject subject{document, out.value->text()};
        const auto trusted = authorities_.current();
        auto found = signature::check_inside(subject, trusted.get(), message.received_at, limits_.xml_depth_max);
        if (!signature.empty()) {
            for (auto& one : signature::check_beside(subject, signature, trusted.get(), message.received_at, limits_.xml_depth_max))
                found.push_back(std::move(one));
        }
        out.issues.add(add_signatures(*out.value, found));
        return out;
    }
    std::string address() const override { return drop::folder_when_there(settings_); }
    Outcome trouble() const override { return trouble_.outcome(); }
    Outcome probe() const override { return drop::probe_server(settings_); }

private:
    feeds::FeedSettings settings_;
    signature::AuthorityFolder authorities_;
    Limits limits_;
    const Clock& clock_;
    drop::Trouble trouble_;
};

} // namespace

std::unique_ptr<feeds::Adapter> make_cda_adapter(const feeds::FeedSettings& settings, const Limits& limits, const Clock& clock) {
    return std::make_unique<CdaAdapter>(settings, limits, clock);
}

} // namespace huitong::adapters::cda
