#include "audit/signing_key.hpp"

#include "base/durable_file.hpp"
#include "base/sha256.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <iterator>

namespace huitong::audit {
namespace {

template <class T, void (*release)(T*)>
struct Release {
    void operator()(T* handle) const { release(handle); }
};
void free_bio(BIO* bio) { BIO_free(bio); }
using Key = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY, EVP_PKEY_free>>;
using Context = std::unique_ptr<EVP_MD_CTX, Release<EVP_MD_CTX, EVP_MD_CTX_free>>;
using Memory = std::unique_ptr<BIO, Release<BIO, free_bio>>;

const unsigned char* octets(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

std::string text_of(BIO* memory) {
    const char* data = nullptr;
    const auto size = BIO_get_mem_data(memory, &data);
    return {data, static_cast<std::size_t>(size)};
}

std::string id_of(EVP_PKEY* key) {
    unsigned char* der = nullptr;
    const int size = i2d_PUBKEY(key, &der);
    if (size <= 0) return {};
    auto out = sha256_hex(std::string_view(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size))).substr(0, 16);
    OPENSSL_free(der);
    return out;
}

Key public_key(std::string_view pem) {
    const Memory source(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    return Key(PEM_read_bio_PUBKEY(source.get(), nullptr, nullptr, nullptr));
}

/// The digest that goes with the key; SM2 signs with the identity that GM/T 0009 names for whoever has none of his own.
struct Signing {
    Context context{EVP_MD_CTX_new()};
    EVP_PKEY_CTX* key_context = nullptr;
    const EVP_MD* digest = nullptr;
    explicit Signing(EVP_PKEY* key) {
        if (EVP_PKEY_is_a(key, "SM2") != 1) return;
        constexpr std::string_view kNobody = "1234567812345678";
        digest = EVP_sm3();
        key_context = EVP_PKEY_CTX_new(key, nullptr);
        EVP_PKEY_CTX_set1_id(key_context, kNobody.data(), static_cast<int>(kNobody.size()));
        EVP_MD_CTX_set_pkey_ctx(context.get(), key_context);
    }
    ~Signing() { EVP_PKEY_CTX_free(key_context); }
    Signing(const Signing&) = delete;
    Signing& operator=(const Signing&) = delete;
};

Outcome no_key(const std::string& file) { return error(IssueCode::security, file, "audit-key", {file}); }

} // namespace

Result<SigningKey> SigningKey::open(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(in), {});
    const Memory source(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
    Key key(PEM_read_bio_PrivateKey(source.get(), nullptr, nullptr, nullptr));
    if (!key) return no_key(file);
    SigningKey out;
    out.id_ = id_of(key.get());
    out.key_ = std::shared_ptr<EVP_PKEY>(key.release(), EVP_PKEY_free);
    return out;
}

Result<SigningKey> SigningKey::open_or_make(const std::string& file, SignatureKind kind) {
    if (::access(file.c_str(), F_OK) == 0) return open(file);
    const Key made(EVP_PKEY_Q_keygen(nullptr, nullptr, kind == SignatureKind::sm2 ? "SM2" : "ED25519"));
    const Memory memory(BIO_new(BIO_s_mem()));
    if (!made || PEM_write_bio_PKCS8PrivateKey(memory.get(), made.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1 ||
        !create_private(file, text_of(memory.get())))
        return no_key(file);
    return open(file);
}

std::string SigningKey::sign(std::string_view text) const {
    auto* key = static_cast<EVP_PKEY*>(key_.get());
    const Signing signing(key);
    std::size_t size = 0;
    if (EVP_DigestSignInit(signing.context.get(), nullptr, signing.digest, nullptr, key) != 1 ||
        EVP_DigestSign(signing.context.get(), nullptr, &size, octets(text), text.size()) != 1)
        return {};
    std::string out(size, '\0');
    if (EVP_DigestSign(signing.context.get(), reinterpret_cast<unsigned char*>(out.data()), &size, octets(text), text.size()) != 1)
        return {};
    out.resize(size);
    return out;
}

std::string SigningKey::public_pem() const {
    const Memory memory(BIO_new(BIO_s_mem()));
    if (PEM_write_bio_PUBKEY(memory.get(), static_cast<EVP_PKEY*>(key_.get())) != 1) return {};
    return text_of(memory.get());
}

bool check_signature(std::string_view public_pem, std::string_view text, std::string_view signature) {
    const auto key = public_key(public_pem);
    if (!key) return false;
    const Signing signing(key.get());
    return EVP_DigestVerifyInit(signing.context.get(), nullptr, signing.digest, nullptr, key.get()) == 1 &&
           EVP_DigestVerify(signing.context.get(), octets(signature), signature.size(), octets(text), text.size()) == 1;
}

std::string key_id_of(std::string_view public_pem) {
    const auto key = public_key(public_pem);
    return key ? id_of(key.get()) : std::string();
}

} // namespace huitong::audit
