#include "support/files.hpp"
#include "unit/signature/signers.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>

using namespace huitong;
using namespace huitong::signature;
using namespace huitong::signature::tests;

BOOST_AUTO_TEST_SUITE(signature_authorities)

BOOST_AUTO_TEST_CASE(a_folder_that_holds_no_authority_is_refused) {
    const huitong::tests::Folder folder;
    BOOST_TEST(huitong::tests::rule_of(Authorities::load(folder.path().string()).error()) == "signature-authorities");
    BOOST_TEST(huitong::tests::rule_of(Authorities::load(folder.file("nowhere")).error()) == "signature-authorities");
    std::ofstream(folder.file("a.pem")) << "no certificate";
    BOOST_TEST(Authorities::load(folder.path().string()).error().leading()->arguments.front().ends_with("a.pem"));
}

BOOST_AUTO_TEST_CASE(a_list_that_is_put_into_the_folder_counts_at_once) {
    const huitong::tests::Folder folder;
    const auto& made = Signers::instance().folder();
    std::filesystem::copy(made.file("ca-rsa.pem"), folder.file("ca.pem"));
    const AuthorityFolder authorities(folder.path().string());
    const auto signer = Certificate::read_der(Signers::instance().certificate("taken-back"));
    BOOST_TEST(!authorities.current()->refuse(*signer, {}, today(), today()));
    std::filesystem::copy(made.file("rsa.crl"), folder.file("ca.crl"));
    BOOST_TEST(authorities.current()->refuse(*signer, {}, today(), today())->rule == "signature-revoked");
    std::ofstream(folder.file("broken.pem")) << "half a file";
    BOOST_TEST(authorities.current()->refuse(*signer, {}, today(), today())->rule == "signature-revoked"); // what was read last
}

BOOST_AUTO_TEST_CASE(without_a_folder_there_are_no_authorities) { BOOST_TEST(!AuthorityFolder("").current()); }

BOOST_AUTO_TEST_SUITE_END()
