/// Ids and values of tokens in fewer bytes where their kind allows: UUIDs, this hub's own ids, and what is made of digits and a few marks
/// (OIDs, DICOM UIDs, numbers of people and orders). A packed text is a BLOB in the database, every other one is TEXT, so the two never
/// meet; equal texts are packed equally, and the order of texts is lost. Thread: any.
#pragma once

#include <string>
#include <string_view>

namespace huitong::store {

/// "" when the text gains nothing. The first byte names the kind: 'u' a lower-case UUID (16 bytes follow), 's' what follows the "01" of a
/// server id, 24 digits of base 32 (15 bytes), 'n' two signs a byte of "0123456789.-:/_" (15 ends an odd number).
std::string pack_text(std::string_view text);
/// The text of a BLOB that pack_text made; "" of any other bytes.
std::string unpack_text(std::string_view bytes);

/// A text to bind: packed or as it is. The text must outlive it.
class PackedText {
public:
    explicit PackedText(std::string_view text) : PackedText(text, pack_text(text)) {}
    /// Never packed.
    static PackedText plain(std::string_view text) { return PackedText(text, std::string()); }
    bool is_packed() const { return !bytes_.empty(); }
    std::string_view bytes() const { return is_packed() ? std::string_view(bytes_) : text_; }

private:
    PackedText(std::string_view text, std::string bytes) : text_(text), bytes_(std::move(bytes)) {}
    std::string_view text_;
    std::string bytes_;
};

/// Digits of server ids: without i l o u, as ids are read out over the telephone.
constexpr std::string_view kIdDigits = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr std::size_t kIdLength = 26;
/// Ids begin so until the year 2039; later ones are kept as text.
constexpr std::string_view kIdBegin = "01";

} // namespace huitong::store
