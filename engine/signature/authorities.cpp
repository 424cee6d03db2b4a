#include "signature/authorities.hpp"

#include "base/sha256.hpp"
#include "signature/openssl_handles.hpp"
#include "signature/refusal.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace huitong::signature {
namespace {

namespace fs = std::filesystem;

/// Clocks of signers go ahead of ours by so much.
constexpr std::int64_t kClockAheadSeconds = 600;

std::time_t seconds_of(Instant at) { return static_cast<std::time_t>(at.microseconds / kMicrosecondsPerSecond); }

/// OpenSSL takes no identity for an SM2 signature unless it is told one (GM/T 0009 §7).
void name_sm2_identity(X509* certificate) {
    if (X509_get_signature_nid(certificate) != NID_SM2_with_SM3) return;
    ASN1_OCTET_STRING* identity = ASN1_OCTET_STRING_new();
    ASN1_OCTET_STRING_set(identity, octets(kSm2Nobody), static_cast<int>(kSm2Nobody.size()));
    X509_set0_distinguishing_id(certificate, identity);
}

std::shared_ptr<X509> owned(X509* certificate) {
    if (!certificate) return nullptr;
    name_sm2_identity(certificate);
    return {certificate, X509_free};
}

std::string name_text(X509_NAME* name) {
    if (const auto at = X509_NAME_get_index_by_NID(name, NID_commonName, -1); at >= 0) {
        unsigned char* utf8 = nullptr;
        const int size = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
        if (size > 0) {
            std::string out(reinterpret_cast<const char*>(utf8), static_cast<std::size_t>(size));
            OPENSSL_free(utf8);
            return out;
        }
    }
    const Memory memory(BIO_new(BIO_s_mem()));
    X509_NAME_print_ex(memory.get(), name, 0, XN_FLAG_RFC2253);
    const char* data = nullptr;
    const auto size = BIO_get_mem_data(memory.get(), &data);
    return {data, static_cast<std::size_t>(size)};
}

/// Documents are signed with keys for signatures. One that is for a server's or a program's certificate alone is not for documents.
bool may_sign_documents(X509* certificate) {
    const auto usage = X509_get_key_usage(certificate);
    if (usage != UINT32_MAX && (usage & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)) == 0) return false;
    constexpr std::uint32_t kOfMachines = XKU_SSL_SERVER | XKU_CODE_SIGN | XKU_OCSP_SIGN | XKU_TIMESTAMP;
    const auto extended = X509_get_extended_key_usage(certificate);
    return extended == UINT32_MAX || extended == 0 || (extended & ~kOfMachines) != 0;
}

bool is_list_of(X509_CRL* list, X509* issuer) {
    if (X509_NAME_cmp(X509_CRL_get_issuer(list), X509_get_subject_name(issuer)) != 0) return false;
    EVP_PKEY* key = X509_get0_pubkey(issuer);
    if (EVP_PKEY_is_a(key, "SM2") != 1) return X509_CRL_verify(list, key) == 1;
    const ASN1_BIT_STRING* signature = nullptr;
    X509_CRL_get0_signature(list, &signature, nullptr);
    const std::string_view value(reinterpret_cast<const char*>(ASN1_STRING_get0_data(signature)),
                                 static_cast<std::size_t>(ASN1_STRING_length(signature)));
    return check_value(key, Scheme::sm2, Hash::sm3, der_of(list, i2d_re_X509_CRL_tbs), value);
}

Outcome unusable(const std::string& folder) { return error(IssueCode::security, folder, "signature-authorities", {folder}); }

Issue refusal_of_chain(int failure) {
    switch (failure) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID: return refusal(IssueCode::expired, "signature-certificate-time");
    case X509_V_ERR_CA_KEY_TOO_SMALL:
    case X509_V_ERR_EE_KEY_TOO_SMALL:
    case X509_V_ERR_CA_MD_TOO_WEAK: return refusal(IssueCode::security, "signature-key-weak");
    default: return refusal(IssueCode::security, "signature-unknown-authority");
    }
}

std::string read_all(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// Files of the folder in the order of their names.
std::vector<fs::path> files_of(const std::string& folder) {
    std::vector<fs::path> out;
    std::error_code failure;
    for (fs::directory_iterator at(folder, failure), end; !failure && at != end; at.increment(failure)) {
        static const std::string_view kEndings[] = {".pem", ".crt", ".cer", ".crl"};
        const auto ending = at->path().extension().string();
        if (std::find(std::begin(kEndings), std::end(kEndings), ending) != std::end(kEndings)) out.push_back(at->path());
    }
    std::sort(out.begin(), out.end());
    return out;
}

std::string stamp_of(const std::string& folder) {
    std::string out;
    std::error_code gone;
    for (const auto& file : files_of(folder)) {
        out += file.filename().string() + ' ' + std::to_string(fs::file_size(file, gone)) + ' ' +
               std::to_string(fs::last_write_time(file, gone).time_since_epoch().count()) + '\n';
    }
    return out;
}

} // namespace

std::optional<Certificate> Certificate::read_der(std::string_view der) {
    const auto* at = octets(der);
    auto handle = owned(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
    if (!handle || at != octets(der) + der.size()) return std::nullopt;
    return Certificate(std::move(handle));
}

std::string Certificate::subject() const { return name_text(X509_get_subject_name(handle_.get())); }
std::string Certificate::issuer() const { return name_text(X509_get_issuer_name(handle_.get())); }
std::string Certificate::fingerprint() const { return sha256_hex(der_of(handle_.get(), i2d_X509)); }

bool Certificate::is_issued_as(std::string_view issuer_der, std::string_view serial) const {
    return der_of(X509_get_issuer_name(handle_.get()), i2d_X509_NAME) == issuer_der &&
           der_of(X509_get0_serialNumber(handle_.get()), i2d_ASN1_INTEGER).substr(2) ==
               serial; // a serial number is shorter than 128 octets
}

bool Certificate::has_key_identifier(std::string_view identifier) const {
    const auto* own = X509_get0_subject_key_id(handle_.get());
    return own && identifier == std::string_view(reinterpret_cast<const char*>(ASN1_STRING_get0_data(own)),
                                                 static_cast<std::size_t>(ASN1_STRING_length(own)));
}

bool Certificate::has_signed(std::string_view text, std::string_view signature, Scheme scheme, Hash hash) const {
    return check_value(X509_get0_pubkey(handle_.get()), scheme, hash, text, signature);
}

bool Authorities::read_certificates(const std::string& bytes) {
    if (bytes.find("-----BEGIN ") == bytes.npos) {
        const auto read = Certificate::read_der(bytes);
        if (read) certificates_.push_back(read->handle());
        return read.has_value();
    }
    const Memory memory(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
    const auto before = certificates_.size();
    while (auto one = owned(PEM_read_bio_X509(memory.get(), nullptr, nullptr, nullptr))) certificates_.push_back(std::move(one));
    return certificates_.size() > before;
}

bool Authorities::read_list(const std::string& bytes) {
    const Memory memory(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
    const bool is_pem = bytes.find("-----BEGIN ") != bytes.npos;
    auto* list = is_pem ? PEM_read_bio_X509_CRL(memory.get(), nullptr, nullptr, nullptr) : d2i_X509_CRL_bio(memory.get(), nullptr);
    if (list) lists_.emplace_back(list, X509_CRL_free);
    return list != nullptr;
}

Result<std::shared_ptr<const Authorities>> Authorities::load(const std::string& folder) {
    std::shared_ptr<Authorities> out(new Authorities);
    for (const auto& file : files_of(folder)) {
        const auto bytes = read_all(file);
        if (!(file.extension() == ".crl" ? out->read_list(bytes) : out->read_certificates(bytes))) return unusable(file.string());
    }
    if (out->certificates_.empty()) return unusable(folder);
    out->store_.reset(X509_STORE_new(), X509_STORE_free);
    for (const auto& one : out->certificates_) X509_STORE_add_cert(out->store_.get(), one.get());
    X509_STORE_set_flags(out->store_.get(), X509_V_FLAG_PARTIAL_CHAIN);
    return std::shared_ptr<const Authorities>(std::move(out));
}

std::optional<Issue> Authorities::refuse(const Certificate& signer, const std::vector<Certificate>& others, Instant signed_at,
                                         Instant received_at) const {
    auto* leaf = signer.handle().get();
    if (!may_sign_documents(leaf)) return refusal(IssueCode::security, "signature-key-usage");
    if (is_weak(X509_get0_pubkey(leaf))) return refusal(IssueCode::security, "signature-key-weak");
    if (seconds_of(signed_at) > seconds_of(received_at) + kClockAheadSeconds) return refusal(IssueCode::security, "signature-time");
    const Stack between(sk_X509_new_null());
    for (const auto& one : others) sk_X509_push(between.get(), one.handle().get());
    const StoreContext context(X509_STORE_CTX_new());
    if (X509_STORE_CTX_init(context.get(), store_.get(), leaf, between.get()) != 1) return refusal_of_chain(X509_V_ERR_UNSPECIFIED);
    X509_STORE_CTX_set_time(context.get(), 0, seconds_of(signed_at));
    if (X509_verify_cert(context.get()) != 1) return refusal_of_chain(X509_STORE_CTX_get_error(context.get()));
    const auto* chain = X509_STORE_CTX_get0_chain(context.get());
    for (int at = 0; at + 1 < sk_X509_num(chain); ++at) {
        if (auto listed = refuse_listed(sk_X509_value(chain, at), sk_X509_value(chain, at + 1), received_at)) return listed;
    }
    return std::nullopt;
}

/// By the newest list of the issuer.
std::optional<Issue> Authorities::refuse_listed(x509_st* certificate, x509_st* issuer, Instant received_at) const {
    X509_CRL* newest = nullptr;
    for (const auto& list : lists_) {
        if (!is_list_of(list.get(), issuer)) continue;
        int days = 0, seconds = 0;
        if (newest) ASN1_TIME_diff(&days, &seconds, X509_CRL_get0_lastUpdate(newest), X509_CRL_get0_lastUpdate(list.get()));
        if (!newest || days > 0 || seconds > 0) newest = list.get();
    }
    if (!newest) return std::nullopt;
    X509_REVOKED* row = nullptr;
    const bool is_listed = X509_CRL_get0_by_cert(newest, &row, certificate) == 1;
    const auto now = seconds_of(received_at);
    if (is_listed && ASN1_TIME_cmp_time_t(X509_REVOKED_get0_revocationDate(row), now) <= 0)
        return refusal(IssueCode::security, "signature-revoked");
    const auto* until = X509_CRL_get0_nextUpdate(newest);
    if (until && ASN1_TIME_cmp_time_t(until, now) < 0) return refusal(IssueCode::expired, "signature-list");
    return std::nullopt;
}

std::shared_ptr<const Authorities> AuthorityFolder::current() const {
    if (folder_.empty()) return nullptr;
    const std::lock_guard lock(mutex_);
    auto stamp = stamp_of(folder_);
    if (stamp == stamp_ && read_) return read_;
    if (auto loaded = Authorities::load(folder_)) {
        read_ = std::move(*loaded);
        stamp_ = std::move(stamp);
    }
    return read_;
}

} // namespace huitong::signature
