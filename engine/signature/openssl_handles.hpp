/// Owners of OpenSSL's objects. Internal to the room.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>
#include <string_view>

namespace huitong::signature {

template <auto Free>
struct Freed {
    template <class T>
    void operator()(T* handle) const {
        Free(handle);
    }
};
inline void free_memory(BIO* memory) { BIO_free(memory); }
inline void free_stack(STACK_OF(X509) * stack) { sk_X509_free(stack); } // what stands in it has owners of its own

using Memory = std::unique_ptr<BIO, Freed<free_memory>>;
using HashContext = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>>;
using StoreContext = std::unique_ptr<X509_STORE_CTX, Freed<X509_STORE_CTX_free>>;
using Stack = std::unique_ptr<STACK_OF(X509), Freed<free_stack>>;

inline const unsigned char* octets(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

/// What an `i2d_` function writes.
template <class T, class Write>
std::string der_of(T* object, Write write) {
    unsigned char* der = nullptr;
    const int size = write(object, &der);
    if (size <= 0) return {};
    std::string out(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
    OPENSSL_free(der);
    return out;
}

} // namespace huitong::signature
