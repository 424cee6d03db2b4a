// The key of checkpoints: made once, for its owner alone, and what it signs is checked with the public part.
#include "audit/signing_key.hpp"
#include "support/folder.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <sys/stat.h>

using namespace huitong;
using namespace huitong::audit;

BOOST_AUTO_TEST_SUITE(signing_key)

BOOST_AUTO_TEST_CASE(a_key_is_made_once_for_its_owner_alone) {
    const tests::Folder folder;
    const auto file = folder.file("audit-key.pem");
    const auto made = SigningKey::open_or_make(file);
    BOOST_REQUIRE(made);
    struct stat state {};
    BOOST_REQUIRE(::stat(file.c_str(), &state) == 0);
    BOOST_TEST((state.st_mode & 0777) == 0600U);
    BOOST_TEST(SigningKey::open_or_make(file).value().id() == made->id());
    BOOST_TEST(made->id().size() == 16U);
    BOOST_TEST(key_id_of(made->public_pem()) == made->id());
}

BOOST_AUTO_TEST_CASE(both_kinds_of_signature_are_checked) {
    for (const auto kind : {SignatureKind::ed25519, SignatureKind::sm2}) {
        const tests::Folder folder;
        const auto key = SigningKey::open_or_make(folder.file("k.pem"), kind);
        BOOST_REQUIRE(key);
        auto signature = key->sign("huitong-checkpoint log=1:a");
        BOOST_REQUIRE(!signature.empty());
        BOOST_TEST(check_signature(key->public_pem(), "huitong-checkpoint log=1:a", signature));
        BOOST_TEST(!check_signature(key->public_pem(), "huitong-checkpoint log=2:a", signature));
        signature[signature.size() / 2] = static_cast<char>(signature[signature.size() / 2] ^ 1);
        BOOST_TEST(!check_signature(key->public_pem(), "huitong-checkpoint log=1:a", signature));
        const auto other = SigningKey::open_or_make(folder.file("other.pem"), kind);
        BOOST_TEST(!check_signature(other->public_pem(), "huitong-checkpoint log=1:a", key->sign("huitong-checkpoint log=1:a")));
    }
}

BOOST_AUTO_TEST_CASE(a_file_that_holds_no_key_is_refused_and_stays) {
    const tests::Folder folder;
    const auto file = folder.file("k.pem");
    std::ofstream(file) << "no key";
    BOOST_TEST(SigningKey::open_or_make(file).error().leading()->rule == "audit-key");
    BOOST_TEST(!SigningKey::open(folder.file("none.pem")));
    BOOST_TEST(!check_signature("no key", "text", "signature"));
    BOOST_TEST(key_id_of("no key") == "");
}

BOOST_AUTO_TEST_SUITE_END()
