/// From a question to its answer: who the patient is, which items are ordered, which stored results could stand in, what is decided about
/// each, and which one is shown. Reads one view; writes nothing. Internal to the room. Thread: one call.
#pragma once

#include "identity/identity.hpp"
#include "recognition/events.hpp"
#include "recognition/record_reader.hpp"

#include <functional>

namespace huitong::recognition {

/// Candidates decided per item and person: the newest; older ones do not change what a doctor is shown.
constexpr std::size_t kCandidatesMax = 8;
/// Void results are decided too, but take no place of a valid one, nor do studies of other sites; so many rows are read at most.
constexpr std::size_t kCandidateRowsMax = 32;
/// What a call works with; all outlive it.
struct MatchingContext {
    const Register& facts;
    const terminology::Terminology& terminology;
    const identity::Linker* linker;
    std::string pack;
    Instant at;
    int offset_minutes = 480;
    bool may_read_images = true;
    ImageServices* images = nullptr;                    ///< nullptr: the status of an Endpoint counts
    std::chrono::steady_clock::time_point images_until; ///< services are waited for no longer
    std::function<bool()> late = [] { return false; };  ///< true: the budget is spent
    /// Maps that came over REST: four eyes have not seen them, so they lead to no item, and stand in no other's way.
    std::function<bool(const std::string& map_url)> is_stored_map = [](const auto&) { return false; };
    const ActsFor* acts_for = nullptr; ///< platforms, whose word counts for their institutions
    store::ReadView* all = nullptr;    ///< what is kept from the caller too; nullptr: the view that is asked shows all
    std::function<bool(const std::string&)> withheld = [](const auto&) { return false; }; ///< this resource is not for the caller
};

/// Whether a map is none of the deployment's own, under whatever url or version it was stored.
std::function<bool(const std::string& map_url)> stored_maps(const terminology::Terminology& terminology);

/// The source patient that the name leads to, "" when none or several persons.
std::string find_patient(const MatchingContext& context, store::ReadView& view, const PatientName& name, const std::string& receiver);

/// What an order asks for in the words of the catalogue.
struct OrderedItem {
    std::string item; ///< item or panel, "" = unmapped
    bool is_panel = false;
    std::string equivalence; ///< of the receiver's own order map
    bool reviewed = false;
};
OrderedItem find_ordered_item(const MatchingContext& context, const Order& order, const std::string& receiver);

class Matching {
public:
    Matching(const MatchingContext& context, store::ReadView& view, std::string purpose)
        : context_(context), reader_(view, context.terminology, context.facts, context.linker, context.offset_minutes),
          purpose_(std::move(purpose)) {
        reader_.ask_images(context.images, context.images_until);
        reader_.pass_over_maps(context.is_stored_map);
        reader_.weigh_writers(context.acts_for, context.all);
    }

    /// One match per order, without ids. Stops when the context says that it is late (then `late`).
    Advice answer(const Question& question);
    /// Whether `other` lists for every order just the results that this view lists: then nothing of them is kept from its caller. Reads no
    /// result.
    bool lists_the_same(const Question& question, store::ReadView& other);
    /// A stored result as it stands in the view; nullopt: not there for this caller.
    std::optional<Candidate> candidate(const std::string& item, const std::string& resource);
    const std::string& patient() const { return patient_; }

private:
    /// Who the patient of the question is, in this view.
    void find_person(const Question& question);
    /// The items of an order, one by one.
    std::vector<std::string> items_of(const Question& question, const Order& order, const OrderedItem& ordered) const;
    /// Rows of results for an item, newest first, as `view` lists them: one list a patient and code or modality.
    std::vector<store::VersionKeys> rows_of(store::ReadView& view, const std::string& item) const;
    Match match(const Question& question, const Order& order);
    Member member(const Question& question, const Order& order, const OrderedItem& ordered, const std::string& item);
    std::vector<Candidate> laboratory(const std::string& item);
    std::vector<Candidate> imaging(const std::string& item, Request& request);
    void add_laboratory(const store::VersionKeys& keys, const std::vector<std::pair<std::string, std::string>>& codes,
                        std::vector<Candidate>& out);
    /// What happened to the person since the oldest of them (events.cpp).
    void add_events(std::vector<Candidate>& candidates);
    Request request_of(const Question& question, const Order& order, const std::string& item) const;

    const MatchingContext& context_;
    RecordReader reader_;
    std::string purpose_;
    std::string patient_;
    std::vector<std::string> patients_;
    FoundEvents events_;
    std::optional<Instant> events_from_; ///< events_ holds those from here on
};

/// Picks what is shown of every member: all from one report where one report answers the whole panel, else the best of each.
void choose_shown(std::vector<Member>& members);
/// Verdict, mark, panel answer and saving of a match from its members' shown candidates.
void conclude(Match& match, const Panel* panel);

} // namespace huitong::recognition
