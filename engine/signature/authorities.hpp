/// Whose signatures count: the authorities that a feed's configuration names, and what their lists take back.
///
/// A folder holds the authorities' certificates (*.pem, *.crt, *.cer: PEM, one or several a file, or DER) and their revocation lists
/// (*.crl: PEM or DER). A certificate of the folder is trusted as it stands, also one that another authority issued. Source: RFC 5280 §6;
/// GM/T 0015 (SM2 certificates).
#pragma once

#include "base/instant.hpp"
#include "base/outcome.hpp"
#include "signature/algorithms.hpp"

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct x509_st;
struct X509_crl_st;
struct x509_store_st;

namespace huitong::signature {

/// Of a signer, or of an authority between him and a configured one. Thread: any.
class Certificate {
public:
    /// nullopt: no certificate.
    static std::optional<Certificate> read_der(std::string_view der);

    std::string subject() const; ///< its common name; the whole name without one
    std::string issuer() const;
    std::string fingerprint() const; ///< SHA-256 of its bytes, lower-case hex
    /// As CMS names a signer: the issuer's name as DER and the content of the serial number; or the subject's key identifier.
    bool is_issued_as(std::string_view issuer_der, std::string_view serial) const;
    bool has_key_identifier(std::string_view identifier) const;
    bool has_signed(std::string_view text, std::string_view signature, Scheme scheme, Hash hash) const;

    const std::shared_ptr<x509_st>& handle() const { return handle_; }

private:
    explicit Certificate(std::shared_ptr<x509_st> handle) : handle_(std::move(handle)) {}
    std::shared_ptr<x509_st> handle_;
};

/// Immutable. Thread: any.
class Authorities {
public:
    /// Issue: signature-authorities (folder): it cannot be read, a file in it is none of both, or no certificate stands in it.
    static Result<std::shared_ptr<const Authorities>> load(const std::string& folder);

    /// Why a signature of `signer` does not count; nullopt: it does. The whole chain must hold at `signed_at`; what a list took back by
    /// `received_at` counts no more, whatever time the signer wrote. An authority without a list takes nothing back; a list that ran out
    /// before `received_at` says nothing, so nothing under it counts.
    /// Issues: signature-unknown-authority, signature-certificate-time, signature-revoked, signature-list, signature-key-usage,
    /// signature-key-weak, signature-time.
    std::optional<Issue> refuse(const Certificate& signer, const std::vector<Certificate>& others, Instant signed_at,
                                Instant received_at) const;

private:
    Authorities() = default;
    std::optional<Issue> refuse_listed(x509_st* certificate, x509_st* issuer, Instant received_at) const;
    bool read_certificates(const std::string& bytes);
    bool read_list(const std::string& bytes);

    std::shared_ptr<x509_store_st> store_;
    std::vector<std::shared_ptr<x509_st>> certificates_;
    std::vector<std::shared_ptr<X509_crl_st>> lists_;
};

/// The authorities of a folder as its files are now: lists change daily. Thread: any.
class AuthorityFolder {
public:
    /// "" = none is configured.
    explicit AuthorityFolder(std::string folder) : folder_(std::move(folder)) {}
    /// nullptr: none is configured. A folder that became unreadable leaves what was read last.
    std::shared_ptr<const Authorities> current() const;

private:
    std::string folder_;
    mutable std::mutex mutex_;
    mutable std::string stamp_; ///< names, sizes and times of its files when they were read
    mutable std::shared_ptr<const Authorities> read_;
};

} // namespace huitong::signature
