#include "adapters/hl7v2/hl7v2.hpp"
#include "adapters/hl7v2/listener.hpp"
#include "adapters/hl7v2/outlet.hpp"
#include "unit/adapters/hl7v2/samples.hpp"
#include "unit/adapters/support/rehearsal.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/asio/write.hpp>
#include <boost/test/unit_test.hpp>

namespace huitong::adapters::hl7v2::tests {

using adapters::tests::Rehearsal;
using adapters::tests::RememberingInbox;
namespace asio = boost::asio;
using asio::ip::tcp;

BOOST_AUTO_TEST_SUITE(hl7v2_mllp)

/// A blocking client that shares no code with the listener's frames.
class Peer {
public:
    explicit Peer(const std::string& port) : socket_(context_) {
        tcp::resolver resolver(context_);
        asio::connect(socket_, resolver.resolve("127.0.0.1", port));
    }
    void write(std::string_view bytes) { asio::write(socket_, asio::buffer(bytes)); }
    void send(const std::string& message) { write("\x0B" + message + "\x1C\r"); }
    /// One frame without its marks; "" when the listener closed.
    std::string receive() {
        boost::system::error_code failure;
        const auto size = asio::read_until(socket_, asio::dynamic_buffer(buffer_), "\x1C\r", failure);
        if (failure) return "";
        const auto out = buffer_.substr(1, size - 3);
        buffer_.erase(0, size);
        return out;
    }
    std::string ask(const std::string& message) {
        send(message);
        return receive();
    }
    void close() { socket_.close(); }

private:
    asio::io_context context_;
    tcp::socket socket_;
    std::string buffer_;
};

struct Ward {
    explicit Ward(const std::string& settings = "", std::function<void(RememberingInbox&)> prepare = {}, Limits limits = {}) {
        if (prepare) prepare(inbox);
        adapter = make_hl7v2_adapter(feed_settings("listen=127.0.0.1:0;" + settings), limits, clock);
        rehearsal = std::make_unique<Rehearsal>(*adapter, inbox);
    }
    ~Ward() { rehearsal->stop(); }
    Peer peer() const { return Peer(rehearsal->port()); }

    SetClock clock{Instant{1'795'000'000 * kMicrosecondsPerSecond}};
    RememberingInbox inbox;
    std::unique_ptr<feeds::Adapter> adapter;
    std::unique_ptr<Rehearsal> rehearsal;
};

std::string code_of(const std::string& ack) {
    const auto read = read_ack(ack);
    return read ? read->code + " " + read->control_id : std::string("no ack");
}

BOOST_AUTO_TEST_CASE(frames_are_found_in_any_cut_of_the_stream) {
    const std::string stream = "garbage\r\n\x0B"
                               "first\x1C\r\r\n\x0Bse\x1C"
                               "cond\x1C\r\x0Bth";
    for (std::size_t cut = 1; cut <= stream.size(); ++cut) {
        FrameReader reader(100);
        std::vector<std::string> found;
        for (std::size_t at = 0; at < stream.size(); at += cut) {
            reader.add(std::string_view(stream).substr(at, cut));
            std::string message;
            while (reader.next(message) == FrameState::message) found.push_back(message);
        }
        BOOST_REQUIRE_EQUAL(found.size(), 2u);
        BOOST_TEST(found[0] == "first");
        BOOST_TEST(found[1] == "se\x1C"
                               "cond");
        BOOST_TEST(reader.is_inside());
        BOOST_TEST(reader.garbage_bytes() == 7u);
    }
}

BOOST_AUTO_TEST_CASE(a_frame_beyond_the_limit_is_told_before_it_ends) {
    FrameReader reader(10);
    std::string message;
    reader.add("\x0B"
               "0123456789");
    BOOST_TEST((reader.next(message) == FrameState::more));
    reader.add("x");
    BOOST_TEST((reader.next(message) == FrameState::too_long));
}

BOOST_AUTO_TEST_CASE(a_batch_is_answered_by_a_batch_message_by_message) {
    Ward ward;
    auto peer = ward.peer();
    const std::string head =
        "FHS|^~\\&|LIS|990102H0001|HIP|CITY|20261120||F|note|F1\rBHS|^~\\&|LIS|990102H0001|HIP|CITY|20261120||B|note|B7\r";
    const auto answer =
        peer.ask(head + result_message("M1") + replaced(result_message("M2"), "|P|2", "|T|2") + result_message("M3") + "BTS|3\rFTS|1\r");
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < answer.size();) {
        const auto end = std::min(answer.find('\r', at), answer.size());
        lines.push_back(answer.substr(at, end - at));
        at = end + 1;
    }
    BOOST_REQUIRE(lines.size() >= 10u);
    BOOST_TEST(lines[0].starts_with("FHS|^~\\&|HIP|CITY|LIS|990102H0001|"));
    BOOST_TEST(lines[0].ends_with("|F1"));
    BOOST_TEST(lines[1].starts_with("BHS|^~\\&|HIP|CITY|LIS|990102H0001|"));
    BOOST_TEST(lines[1].ends_with("|B7")); // BHS-12: the batch that is answered
    std::string codes;
    for (const auto& line : lines) {
        if (line.starts_with("MSA|")) codes += line.substr(4, 5) + ' ';
    }
    BOOST_TEST(codes == "AA|M1 AR|M2 AA|M3 ");
    BOOST_TEST(lines[lines.size() - 2] == "BTS|3");
    BOOST_TEST(lines.back() == "FTS|1");
    BOOST_TEST(ward.inbox.taken().size() == 3u); // the refused one is kept with its reason
}

BOOST_AUTO_TEST_CASE(a_batch_that_announces_another_number_is_told_so_and_taken) {
    Ward ward;
    auto peer = ward.peer();
    const auto answer = peer.ask("BHS|^~\\&|LIS|990102H0001|HIP|CITY\r" + result_message("M1") + "BTS|2\r");
    BOOST_TEST(answer.find("MSA|AA|M1") != answer.npos);
    BOOST_TEST(answer.find("\rBTS|1|") != answer.npos);
    BOOST_TEST(ward.inbox.taken().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_message_is_stored_and_acknowledged) {
    Ward ward;
    auto peer = ward.peer();
    BOOST_TEST(code_of(peer.ask(gb18030(result_message("M1", "GBK")))) == "AA M1");
    const auto taken = ward.inbox.taken();
    BOOST_REQUIRE_EQUAL(taken.size(), 1u);
    BOOST_TEST(taken[0].bytes == gb18030(result_message("M1", "GBK")));
    BOOST_TEST(taken[0].control_id == "M1");
    BOOST_TEST(taken[0].sender == "LIS|990102H0001");
    BOOST_TEST(taken[0].charset == "GB18030");
    BOOST_TEST(taken[0].source == "lis");
    BOOST_TEST(taken[0].received_at.microseconds == 1'795'000'000 * kMicrosecondsPerSecond);
    const std::vector<std::string> keys = {"A1", "990102198001010011"};
    BOOST_CHECK_EQUAL_COLLECTIONS(taken[0].order_keys.begin(), taken[0].order_keys.end(), keys.begin(), keys.end());
    const auto tree = ward.adapter->decode(taken[0]);
    BOOST_TEST(tree.value->root().text("PATIENT_RESULT.PID.PID-5.c2") == "张三");
}

BOOST_AUTO_TEST_CASE(wrong_messages_are_kept_and_refused_aloud) {
    Ward ward;
    auto peer = ward.peer();
    BOOST_TEST(code_of(peer.ask(replaced(result_message("M1"), "|2.4|", "|9.9|"))) == "AR M1");
    BOOST_TEST(code_of(peer.ask(replaced(result_message("M2"), "OBR|2", "OBXX|2"))) == "AE M2");
    BOOST_TEST(code_of(peer.ask("hello")) == "AR ");
    BOOST_TEST(code_of(peer.ask(result_message("M3"))) == "AA M3");
    BOOST_TEST(ward.inbox.taken().size() == 4u);
}

BOOST_AUTO_TEST_CASE(bytes_without_msh_are_kept_only_as_samples) {
    Ward ward;
    auto peer = ward.peer();
    for (int count = 0; count < 130; ++count) BOOST_TEST_REQUIRE(code_of(peer.ask("hello")) == "AR ");
    BOOST_TEST(ward.inbox.taken().size() == 100u);
}

BOOST_AUTO_TEST_CASE(applied_waits_for_the_commit) {
    Ward dead("ack=applied", [](RememberingInbox& inbox) {
        inbox.applied = feeds::Disposition::dead_letter;
        inbox.applied_issues.add(error(IssueCode::not_found, "MRG-1", "identity-unknown"));
    });
    auto peer = dead.peer();
    const auto ack = peer.ask(result_message("M1"));
    BOOST_TEST(code_of(ack) == "AE M1");
    BOOST_TEST(read_ack(ack)->error_codes.at(0) == 204);
}

BOOST_AUTO_TEST_CASE(stored_does_not_wait_for_the_commit) {
    Ward ward("ack=stored", [](RememberingInbox& inbox) { inbox.applied_after_ms = 60'000; });
    auto peer = ward.peer();
    BOOST_TEST(code_of(peer.ask(result_message("M1"))) == "AA M1");
}

BOOST_AUTO_TEST_CASE(applied_waits_only_so_long) {
    Ward ward("ack=applied;ack_wait_ms=50", [](RememberingInbox& inbox) { inbox.applied_after_ms = 60'000; });
    auto peer = ward.peer();
    const auto ack = peer.ask(replaced(result_message("M1"), "|2.4|", "|2.5|"));
    BOOST_TEST(code_of(ack) == "AA M1");
    BOOST_TEST(ack.find("|W|v2-not-yet-applied^Stored, not yet applied^L") != ack.npos);
}

BOOST_AUTO_TEST_CASE(enhanced_mode_answers_twice_on_the_same_connection) {
    Ward ward;
    auto peer = ward.peer();
    const auto message = replaced(result_message("M1", ""), "|2.4||||||", "|2.4|||AL|AL||");
    BOOST_TEST(code_of(peer.ask(message)) == "CA M1");
    BOOST_TEST(code_of(peer.receive()) == "AA M1");
    BOOST_TEST(code_of(peer.ask(replaced(message, "|AL|AL|", "|AL|ER|"))) == "CA M1");
    BOOST_TEST(code_of(peer.ask(replaced(message, "|AL|AL|", "|NE|AL|"))) == "AA M1");
}

BOOST_AUTO_TEST_CASE(a_full_queue_and_a_failing_inbox_ask_the_sender_to_retry) {
    Ward full("", [](RememberingInbox& inbox) { inbox.stored = feeds::Disposition::throttled; });
    const auto ack = full.peer().ask(result_message("M1"));
    BOOST_TEST(code_of(ack) == "AR M1");
    BOOST_TEST(read_ack(ack)->error_codes.at(0) == 207);
    Ward broken("", [](RememberingInbox& inbox) { inbox.throws = true; });
    const auto refusal = broken.peer().ask(result_message("M2"));
    BOOST_TEST(code_of(refusal) == "AR M2");
    BOOST_TEST(read_ack(refusal)->error_codes.at(0) == 207);
}

BOOST_AUTO_TEST_CASE(garbage_between_frames_is_tolerated) {
    Ward ward;
    auto peer = ward.peer();
    peer.write("GET / HTTP/1.0\r\n\r\n");
    BOOST_TEST(code_of(peer.ask(result_message("M1"))) == "AA M1");
    peer.write("\r\n\r\n");
    BOOST_TEST(code_of(peer.ask(result_message("M2"))) == "AA M2");
}

BOOST_AUTO_TEST_CASE(pipelined_frames_are_answered_in_order) {
    Ward ward;
    auto peer = ward.peer();
    std::string stream;
    for (int number = 1; number <= 50; ++number) stream += "\x0B" + result_message("M" + std::to_string(number)) + "\x1C\r";
    peer.write(stream);
    for (int number = 1; number <= 50; ++number) BOOST_TEST(code_of(peer.receive()) == "AA M" + std::to_string(number));
}

BOOST_AUTO_TEST_CASE(an_oversize_frame_closes_the_connection_and_no_other) {
    Limits limits;
    limits.mllp_message_bytes_max = 2'000;
    Ward ward("", {}, limits);
    auto good = ward.peer();
    auto bad = ward.peer();
    bad.write("\x0B" + std::string(4'000, 'x'));
    BOOST_TEST(bad.receive() == "");
    BOOST_TEST(code_of(good.ask(result_message("M1"))) == "AA M1");
}

BOOST_AUTO_TEST_CASE(a_frame_that_never_ends_is_not_stored) {
    Ward ward("idle_ms=60");
    auto peer = ward.peer();
    peer.write("\x0B" + result_message("M1"));
    BOOST_TEST(peer.receive() == ""); // closed after the idle time
    BOOST_TEST(ward.inbox.taken().empty());
}

BOOST_AUTO_TEST_CASE(many_connections_at_once) {
    Ward ward;
    std::vector<std::unique_ptr<Peer>> peers;
    for (int number = 0; number < 200; ++number) peers.push_back(std::make_unique<Peer>(ward.rehearsal->port()));
    for (auto& peer : peers) peer->send(result_message("M1"));
    for (auto& peer : peers) BOOST_TEST(code_of(peer->receive()) == "AA M1");
    BOOST_TEST(ward.inbox.taken().size() == 200u);
}

BOOST_AUTO_TEST_CASE(a_stop_finishes_the_exchange_under_way) {
    Ward ward("", [](RememberingInbox& inbox) { inbox.stored_after_ms = 200; });
    auto busy = ward.peer();
    auto silent = ward.peer();
    busy.send(result_message("M1"));
    std::this_thread::sleep_for(std::chrono::milliseconds(60));
    ward.rehearsal->stop();
    BOOST_TEST(ward.rehearsal->ended());
    BOOST_TEST((ward.rehearsal->thrown() == nullptr));
    BOOST_TEST(code_of(busy.receive()) == "AA M1"); // written before run() returned
    BOOST_TEST(silent.receive() == "");
    BOOST_TEST(ward.inbox.taken().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_port_in_use_is_no_secret) {
    Ward ward;
    auto second = make_hl7v2_adapter(feed_settings("listen=127.0.0.1:" + ward.rehearsal->port()), Limits(), ward.clock);
    RememberingInbox inbox;
    Rehearsal rehearsal(*second, inbox);
    BOOST_TEST(Rehearsal::wait_for([&] { return rehearsal.ended(); }));
    BOOST_TEST((rehearsal.thrown() != nullptr));
}

feeds::Receipt delivered(feeds::Outlet& outlet, asio::io_context& context, const std::string& message, const std::string& control_id) {
    feeds::OutMessage out;
    out.bytes = message;
    out.control_id = control_id;
    context.restart();
    auto result = asio::co_spawn(context, outlet.deliver(out), asio::use_future);
    context.run();
    return result.get();
}

OutletSettings outlet_settings(const std::string& port, std::uint32_t ack_wait_ms = 5'000) {
    OutletSettings out;
    out.host = "127.0.0.1";
    out.port = static_cast<std::uint16_t>(std::stoi(port));
    out.ack_wait_ms = ack_wait_ms;
    return out;
}

BOOST_AUTO_TEST_CASE(the_outlet_delivers_and_learns_the_answer) {
    Ward ward;
    asio::io_context context;
    const auto outlet = make_mllp_outlet(outlet_settings(ward.rehearsal->port()), Limits());
    BOOST_TEST((delivered(*outlet, context, result_message("M1"), "M1").disposition == feeds::Disposition::accepted));
    BOOST_TEST((delivered(*outlet, context, result_message("M2"), "M2").disposition == feeds::Disposition::accepted));
    const auto refused = delivered(*outlet, context, replaced(result_message("M3"), "|2.4|", "|9.9|"), "M3");
    BOOST_TEST((refused.disposition == feeds::Disposition::refused));
    BOOST_TEST(refused.issues.leading()->arguments.at(1) == "203");
    BOOST_TEST(
        (delivered(*outlet, context, replaced(result_message("M4"), "OBR|2", "x"), "M4").disposition == feeds::Disposition::dead_letter));
}

BOOST_AUTO_TEST_CASE(the_outlet_takes_no_other_messages_ack_and_gives_up_in_time) {
    Ward ward;
    asio::io_context context;
    const auto outlet = make_mllp_outlet(outlet_settings(ward.rehearsal->port(), 100), Limits());
    const auto receipt = delivered(*outlet, context, result_message("M1"), "ANOTHER");
    BOOST_TEST((receipt.disposition == feeds::Disposition::throttled));
    BOOST_TEST(receipt.issues.leading()->rule == "v2-peer-timeout");
    BOOST_TEST((delivered(*outlet, context, result_message("M2"), "M2").disposition == feeds::Disposition::accepted));
}

BOOST_AUTO_TEST_CASE(the_outlet_survives_a_peer_that_is_away) {
    std::string port;
    {
        Ward ward;
        port = ward.rehearsal->port();
    }
    asio::io_context context;
    const auto outlet = make_mllp_outlet(outlet_settings(port), Limits());
    const auto receipt = delivered(*outlet, context, result_message("M1"), "M1");
    BOOST_TEST((receipt.disposition == feeds::Disposition::throttled));
    BOOST_TEST(receipt.issues.leading()->rule == "v2-peer-connection");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace huitong::adapters::hl7v2::tests
