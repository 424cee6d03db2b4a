// One exchange: what is stored, asked, refused, and how each is answered.
#include "adapters/cda/document.hpp"
#include "adapters/v3/facade.hpp"
#include "adapters/v3/query.hpp"
#include "adapters/v3/v3.hpp"
#include "base/base64.hpp"
#include "unit/adapters/support/rehearsal.hpp"
#include "unit/adapters/v3/samples.hpp"

#include <boost/test/unit_test.hpp>

namespace huitong::adapters::v3::tests {

namespace asio = boost::asio;
using adapters::tests::RememberingInbox;

namespace {

/// Says what it is told to, and remembers the question.
class SetAnswers final : public huitong::feeds::Answers {
public:
    asio::awaitable<Parsed<huitong::fhir::DocumentPtr>> answer(huitong::feeds::Query query) override {
        asked = std::move(query);
        Parsed<huitong::fhir::DocumentPtr> out;
        out.value = std::make_shared<huitong::fhir::Document>();
        out.value->set_root("Answer");
        out.value->set_value(out.value->add_child(0, "total", false), huitong::fhir::ValueKind::text, total);
        co_return out;
    }
    huitong::feeds::Query asked;
    std::string total = "0";
};

struct Exchange {
    huitong::fhir::DocumentPtr send(std::string body, const std::string& content_type = "text/xml", const std::string& soap_action = "") {
        Facade facade(settings, limits, inbox, clock, &answers);
        HttpQuestion question;
        question.method = "POST";
        question.content_type = content_type;
        question.soap_action = soap_action;
        question.body = std::move(body);
        asio::io_context io;
        std::optional<HttpReply> reply;
        asio::co_spawn(io, facade.reply(std::move(question)), [&](std::exception_ptr thrown, HttpReply made) {
            BOOST_REQUIRE(!thrown);
            reply.emplace(std::move(made));
        });
        io.run();
        status = reply->status;
        envelope = cda::read_document(reply->body, "", limits).value;
        const auto payload = std::string(envelope->root().text("Body.HIPMessageServerResponse.payload"));
        return payload.empty() ? envelope : cda::read_document(payload, "", limits).value;
    }

    FacadeSettings settings;
    Limits limits;
    RememberingInbox inbox;
    SetClock clock{Instant{1'795'000'000'000'000}};
    SetAnswers answers;
    int status = 0;
    huitong::fhir::DocumentPtr envelope;
};

std::string document_message(const std::string& content) {
    return message("RCMR_IN000002UV02", "<subject><clinicalDocument><storageCode><originalText value=\"" + encode_base64(content) +
                                            "\"/></storageCode></clinicalDocument></subject>");
}

} // namespace

BOOST_AUTO_TEST_SUITE(facade)

BOOST_AUTO_TEST_CASE(a_message_is_stored_before_it_is_accepted) {
    Exchange exchange;
    const auto body = call("PatientInfoRegister", person());
    const auto answer = exchange.send(body);
    BOOST_TEST(exchange.status == 200);
    BOOST_TEST(answer->root().type() == "MCCI_IN000002UV01");
    BOOST_TEST(answer->root().text("acknowledgement.typeCode") == "AA");
    BOOST_TEST(answer->root().text("acknowledgement.targetMessage.id.extension") == "0f1e2d3c4b5a69788796a5b4c3d2e1f0");
    BOOST_TEST(answer->root().text("receiver.device.id.item.extension") == "HIS-0001");
    const auto taken = exchange.inbox.taken();
    BOOST_REQUIRE(taken.size() == 1u);
    BOOST_TEST(taken[0].bytes == body);
    BOOST_TEST(taken[0].control_id == "0f1e2d3c4b5a69788796a5b4c3d2e1f0");
    BOOST_TEST((taken[0].order_keys == std::vector<std::string>{"P1"}));
}

BOOST_AUTO_TEST_CASE(what_was_stored_is_decoded_to_the_same_tree) {
    Exchange exchange;
    exchange.send("<Envelope><Body>" + person() + "</Body></Envelope>", "text/xml", "PatientInfoRegister");
    huitong::feeds::FeedSettings feed;
    const auto adapter = make_v3_adapter(feed, exchange.limits, exchange.clock, nullptr);
    const auto tree = adapter->decode(exchange.inbox.taken().at(0));
    BOOST_TEST(tree.issues.empty());
    BOOST_TEST(tree.value->root().type() == "V3Message");
    BOOST_TEST(tree.value->root().text("_service") == "PatientInfoRegister");
    BOOST_TEST(tree.value->root().text("controlActProcess.subject.registrationRequest.subject1.patient.patientPerson.name") == "喆婉婷");
}

// Of a message its own signature, of a registered document the document's.
BOOST_AUTO_TEST_CASE(signatures_of_messages_and_of_documents_in_them_are_looked_for) {
    const std::string signature = R"(<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"/>)";
    const auto decoded = [](const std::string& service, const std::string& text) {
        Exchange exchange;
        exchange.send(call(service, text));
        const huitong::feeds::FeedSettings feed;
        return make_v3_adapter(feed, exchange.limits, exchange.clock, nullptr)->decode(exchange.inbox.taken().at(0)).value;
    };
    BOOST_TEST(decoded("PatientInfoRegister", person())->root().text("_signed") == "unsigned");
    auto prescription = person();
    prescription.insert(prescription.rfind("</"), signature);
    BOOST_TEST(decoded("PatientInfoRegister", prescription)->root().text("_signed") == "not-verified");
    const std::string document = R"(<ClinicalDocument xmlns="urn:hl7-org:v3"><recordTarget><patientRole/></recordTarget>)";
    BOOST_TEST(decoded("DocumentRegister", document_message(document + "</ClinicalDocument>"))->root().text("_signed") == "unsigned");
    const auto registered = decoded("DocumentRegister", document_message(document + signature + "</ClinicalDocument>"));
    BOOST_TEST(registered->root().text("_signature.reason") == "signature-unreadable");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_stored_is_refused) {
    Exchange exchange;
    exchange.inbox.throws = true;
    const auto answer = exchange.send(call("PatientInfoRegister", person()));
    BOOST_TEST(answer->root().text("acknowledgement.typeCode") == "AR");
    BOOST_TEST(answer->root().text("acknowledgement.acknowledgementDetail.code.code") == "v3-not-stored");
}

BOOST_AUTO_TEST_CASE(a_throttled_message_is_refused_even_when_it_is_wrong) {
    Exchange exchange;
    exchange.inbox.stored = huitong::feeds::Disposition::throttled;
    const auto answer = exchange.send(call("PatientInfoRegister", message("PRPA_IN201314UV02")));
    BOOST_TEST(answer->root().text("acknowledgement.typeCode") == "AR");
}

BOOST_AUTO_TEST_CASE(a_question_is_read_from_its_parameters_alone_with_the_roots_of_its_numbers) {
    Exchange exchange;
    exchange.send(
        call("PatientInfoQuery",
             message("PRPA_IN201305UV02", R"(<authorOrPerformer><id root="7" extension="D1"/></authorOrPerformer><queryByParameter>)"
                                          R"(<parameterList><id root="1.2" extension="P1"/></parameterList></queryByParameter>)")));
    const auto asked = exchange.answers.asked.parameters->root();
    std::string fields;
    for (const auto field : asked.children("field"))
        fields += std::string(field.text("root")) + '|' + std::string(field.text("value")) + ' ';
    BOOST_TEST(fields == "1.2|P1 ");
}

BOOST_AUTO_TEST_CASE(a_wrong_message_is_kept_and_its_faults_are_named) {
    Exchange exchange;
    const auto other = exchange.send(call("PatientInfoRegister", message("PRPA_IN201314UV02")));
    BOOST_TEST(other->root().text("acknowledgement.typeCode") == "AE");
    BOOST_TEST(other->root().text("acknowledgement.acknowledgementDetail.code.code") == "v3-interaction");
    const auto nameless = exchange.send(call("PatientInfoRegister", message("PRPA_IN201311UV02", "", "")));
    BOOST_TEST(nameless->root().text("acknowledgement.acknowledgementDetail.code.code") == "v3-id-missing");
    BOOST_TEST(exchange.inbox.taken().size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_service_that_is_unknown_is_refused_in_words) {
    Exchange exchange;
    const auto unknown = exchange.send(call("NoSuchService", message("PRSC_IN010101UV01")));
    BOOST_TEST(unknown->root().text("acknowledgement.typeCode") == "AR");
    BOOST_TEST(unknown->root().text("acknowledgement.acknowledgementDetail.code.code") == "v3-service-unknown");
    BOOST_TEST(exchange.inbox.taken().empty());
}

BOOST_AUTO_TEST_CASE(a_department_is_registered_without_a_patient_and_an_institution_is_not) {
    const auto unit = [](const std::string& root) {
        return message("PRPM_IN401030UV01", "<subject><registrationRequest><subject1><assignedEntity><id><item root=\"" + root +
                                                R"(" extension="D01"/></id></assignedEntity></subject1></registrationRequest></subject>)");
    };
    Exchange exchange;
    const auto department = exchange.send(call("OrganizationInfoRegister", unit("2.16.156.10011.1.26")));
    BOOST_TEST(department->root().text("acknowledgement.typeCode") == "AA");
    const auto institution = exchange.send(call("OrganizationInfoRegister", unit("2.16.156.10011.1.5")));
    BOOST_TEST(institution->root().text("acknowledgement.acknowledgementDetail.code.code") == "v3-institution-registered");
    for (const auto& taken : exchange.inbox.taken()) BOOST_TEST((taken.order_keys == std::vector<std::string>{"registers"}));
}

BOOST_AUTO_TEST_CASE(a_question_stands_in_its_answer_whatever_its_parameters_are_called) {
    Exchange exchange;
    const auto answer = exchange.send(
        call("OrganizationInfoQuery",
             message("PRPM_IN406010UV01", R"(<queryByParameterPayload><organizationID>)"
                                          R"(<value root="1.2" extension="D01"/></organizationID></queryByParameterPayload>)")));
    BOOST_TEST(answer->root().text("controlActProcess.queryByParameterPayload.organizationID.value.extension") == "D01");
}

BOOST_AUTO_TEST_CASE(what_is_no_xml_is_a_fault) {
    Exchange exchange;
    const auto answer = exchange.send("nothing");
    BOOST_TEST(exchange.status == 500);
    BOOST_TEST(answer->root().text("Body.Fault.faultcode") == "soap:Client");
    exchange.send(call("PatientInfoRegister", "<a"));
    BOOST_TEST(exchange.status == 500);
    exchange.send(call("PatientInfoRegister", "<!DOCTYPE a [<!ENTITY b \"bb\">]><PRPA_IN201311UV02>&b;</PRPA_IN201311UV02>"));
    BOOST_TEST(exchange.envelope->root().text("Body.Fault.detail.rule") == "xml-doctype");
    BOOST_TEST(exchange.inbox.taken().empty());
}

BOOST_AUTO_TEST_CASE(a_registered_document_stands_in_the_tree) {
    Limits limits;
    const auto content = "<ClinicalDocument xmlns=\"urn:hl7-org:v3\"><recordTarget><patientRole><id "
                         "root=\"1\"/></patientRole></recordTarget><title>检验报告</title></ClinicalDocument>";
    for (const auto charset : {Charset::utf8, Charset::gb18030}) {
        Call made;
        made.action = "DocumentRegister";
        made.message = document_message(from_utf8(content, charset).value);
        const auto received = read_message(made, limits);
        BOOST_TEST(received.issues.empty());
        BOOST_TEST(received.tree->root().text("_document.title") == "检验报告");
    }
    for (const auto* wrong : {"<Bundle/>", "<ClinicalDocument/>"}) {
        Call made;
        made.action = "DocumentRegister";
        made.message = document_message(wrong);
        BOOST_TEST(read_message(made, limits).issues.has_errors());
    }
    Call empty;
    empty.action = "DocumentRegister";
    empty.message = document_message("");
    BOOST_TEST(read_message(empty, limits).issues.leading()->rule == "v3-document-missing");
}

BOOST_AUTO_TEST_CASE(a_question_is_asked_by_its_fields_and_nothing_found_is_no_error) {
    Exchange exchange;
    const std::string asked =
        R"(<queryByParameter><queryId extension="Q7"/><initialQuantity value="5"/><parameterList><id root="1" extension="P1"/>)"
        R"(<livingSubjectName><value><item><part value="喆婉婷"/></item></value><semanticsText value="x"/></livingSubjectName>)"
        R"(<livingSubjectId><value><item root="1" extension=""/></value></livingSubjectId></parameterList></queryByParameter>)";
    const auto answer = exchange.send(call("PatientInfoQuery", message("PRPA_IN201305UV02", asked)));
    BOOST_TEST(answer->root().type() == "PRPA_IN201306UV02");
    BOOST_TEST(answer->root().text("controlActProcess.queryAck.queryResponseCode.code") == "NF");
    BOOST_TEST(answer->root().text("controlActProcess.queryAck.queryId.extension") == "Q7");
    BOOST_TEST(exchange.answers.asked.name == "find-persons");
    std::string fields;
    for (const auto field : exchange.answers.asked.parameters->root().children("field"))
        fields += std::string(field.text("path")) + '=' + std::string(field.text("value")) + ' ';
    BOOST_TEST(fields == "identifier=P1 name=喆婉婷 ");
    const auto nothing = exchange.send(call("PatientInfoQuery", message("PRPA_IN201305UV02")));
    BOOST_TEST(nothing->root().text("acknowledgement.typeCode") == "AE");
    BOOST_TEST(nothing->root().text("acknowledgement.acknowledgementDetail.code.code") == "v3-query-empty");
}

BOOST_AUTO_TEST_CASE(every_service_has_one_row) {
    for (const auto& one : services()) {
        BOOST_TEST(find_service(one.name) == &one);
        BOOST_TEST((one.role == Role::ask) == !one.query.empty());
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace huitong::adapters::v3::tests
