#include "tools/cdc-sql/state/checkpoint_file.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>
#include <zstd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <vector>

#include "common/error.h"
#include "common/json_scan.h"
#include "common/json_writer.h"

namespace cdc::sql {

namespace {

constexpr uint64_t kFormat = 3;
constexpr int kLevel = 1;  // the disk is to be the slower part
constexpr size_t kBlock = size_t{1} << 18;
constexpr std::string_view kTrailerWord = "\nsha256 ";
constexpr size_t kTrailerSize = kTrailerWord.size() + 64 + 1;

/// A file descriptor that is closed.
struct File {
  explicit File(int file_descriptor) : fd(file_descriptor) {}
  ~File() {
    if (fd >= 0) close(fd);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int fd;
};

class Sha256 {
 public:
  Sha256() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
    CDC_CHECK(context_ && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1, "SHA-256 is not there");
  }
  void Add(std::string_view bytes) { EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()); }
  std::string Hex() {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    EVP_DigestFinal_ex(context_.get(), digest, &size);
    std::string hex;
    for (unsigned i = 0; i < size; ++i) {
      constexpr char kDigits[] = "0123456789abcdef";
      hex += kDigits[digest[i] >> 4];
      hex += kDigits[digest[i] & 15];
    }
    return hex;
  }

 private:
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

[[noreturn]] void FailWrite(const std::string& path) {
  Fail(ExitStatus::kIoError, "could not write the checkpoint " + path + ": " + ErrnoText(errno), "",
       "the one before it stays");
}

std::string HeadLine(const CheckpointHead& head) {
  std::string line = "{\"checkpoint\":\"cdc-sql\",\"v\":" + std::to_string(kFormat) + ",\"n\":";
  AppendInteger(line, head.number);
  line += ",\"pos\":";
  head.position.AppendJson(line);
  line += ",\"steps\":";
  line += head.transactions ? "\"transactions\"" : "\"records\"";
  if (head.empty) line += ",\"empty\":true";
  line += ",\"query\":";
  AppendJsonString(line, head.query);
  return line + "}\n";
}

/// A checkpoint under construction: compresses, sums up, writes.
class Writer {
 public:
  Writer(int fd, const std::string& path)
      : fd_(fd), path_(path), stream_(ZSTD_createCStream(), ZSTD_freeCStream), out_(kBlock, '\0') {
    CDC_CHECK(stream_ != nullptr, "zstd gives no compressor");
    ZSTD_CCtx_setParameter(stream_.get(), ZSTD_c_compressionLevel, kLevel);
  }
  void Plain(std::string_view bytes) {
    sum_.Add(bytes);
    Raw(bytes);
  }
  void Compressed(std::string_view bytes, bool last) {
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    for (;;) {
      ZSTD_outBuffer out{out_.data(), out_.size(), 0};
      const size_t left = ZSTD_compressStream2(stream_.get(), &out, &in, last ? ZSTD_e_end : ZSTD_e_continue);
      CDC_CHECK(ZSTD_isError(left) == 0, "zstd does not compress");
      if (out.pos > 0) Plain({out_.data(), out.pos});
      if (last ? left == 0 : in.pos == in.size) return;
    }
  }
  void Trailer() { Raw(std::string(kTrailerWord) + sum_.Hex() + "\n"); }

 private:
  void Raw(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = write(fd_, bytes.data(), bytes.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) FailWrite(path_);
      bytes.remove_prefix(static_cast<size_t>(count));
    }
  }
  int fd_;
  const std::string& path_;
  std::unique_ptr<ZSTD_CStream, decltype(&ZSTD_freeCStream)> stream_;
  std::string out_;
  Sha256 sum_;
};

[[noreturn]] void FailDamaged(const std::string& path, const std::string& why) {
  Fail(ExitStatus::kData, "the checkpoint " + path + " is damaged: " + why);
}

/// Appends up to `size` bytes; fewer at the end of the file.
void ReadSome(int fd, const std::string& path, size_t size, std::string* bytes) {
  const size_t before = bytes->size();
  bytes->resize(before + size);
  size_t done = 0;
  while (done < size) {
    const ssize_t count = read(fd, bytes->data() + before + done, size - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) Fail(ExitStatus::kIoError, "could not read the checkpoint " + path + ": " + ErrnoText(errno));
    if (count == 0) break;
    done += static_cast<size_t>(count);
  }
  bytes->resize(before + done);
}

File OpenToRead(const std::string& path) {
  return File(open(path.c_str(), O_RDONLY | O_CLOEXEC));
}

CheckpointHead ParseHead(const std::string& path, std::string_view line) {
  CheckpointHead head;
  uint64_t version = 0;
  bool ours = false, known = true;
  JsonMembers members(line);
  while (members.Next()) {
    const std::string_view name = members.name(), value = members.value();
    if (name == "checkpoint") ours = value == "\"cdc-sql\"";
    if (name == "v") known = known && ParseJsonUnsigned(value, &version);
    if (name == "n") known = known && ParseJsonUnsigned(value, &head.number);
    if (name == "pos") head.position = Position::Parse(value);
    if (name == "steps") head.transactions = value == "\"transactions\"";
    if (name == "empty") head.empty = value == "true";
    if (name == "query") head.query = UnescapeJsonString(value, path);
  }
  if (!members.ok() || !ours || !known) FailDamaged(path, "its first line is no head of a checkpoint");
  if (version < kFormat)
    Fail(ExitStatus::kConfig,
         "the checkpoint " + path + " is of an older version of cdc-sql, which kept state otherwise",
         "it is left as it is", "cdc-sql --checkpoint DIR --rebuild lets the next start build the state anew");
  if (version > kFormat)
    Fail(ExitStatus::kConfig,
         "the checkpoint " + path + " has format version " + std::to_string(version) + ", this cdc-sql knows " +
             std::to_string(kFormat),
         "it is left as it is", "use the version of cdc-sql that wrote it, or a newer one");
  return head;
}

/// The first line, with its LF.
std::string ReadHeadLine(int fd, const std::string& path) {
  if (fd < 0) Fail(ExitStatus::kNoInput, "could not open the checkpoint " + path + ": " + ErrnoText(errno));
  std::string text;
  for (size_t end = std::string::npos; end == std::string::npos; end = text.find('\n')) {
    const size_t before = text.size();
    ReadSome(fd, path, 65536, &text);
    if (text.size() == before || text.size() > (size_t{64} << 20)) FailDamaged(path, "its first line has no end");
  }
  text.resize(text.find('\n') + 1);
  return text;
}

}  // namespace

std::string Sha256Hex(std::string_view text) {
  Sha256 sum;
  sum.Add(text);
  return sum.Hex();
}

void SyncFolder(const std::string& folder) {
  const File file(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (file.fd < 0 || fsync(file.fd) != 0)
    Fail(ExitStatus::kIoError, "could not make the folder " + folder + " durable: " + ErrnoText(errno));
}

bool WriteCheckpoint(const std::string& path, const CheckpointHead& head, const PersistFunction& persist) {
  const std::string fresh = path + "." + std::to_string(getpid()) + ".tmp";
  const File file(open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (file.fd < 0)
    Fail(ExitStatus::kCannotCreate, "could not create the checkpoint " + fresh + ": " + ErrnoText(errno));
  try {
    Writer writer(file.fd, path);
    writer.Plain(HeadLine(head));
    StateArchive state = StateArchive::Saving([&](std::string_view bytes) { writer.Compressed(bytes, false); });
    persist(state);
    state.Finish();
    writer.Compressed({}, true);
    writer.Trailer();
    if (fsync(file.fd) != 0) FailWrite(path);
  } catch (...) {
    unlink(fresh.c_str());
    throw;
  }
  const bool done = renameat2(AT_FDCWD, fresh.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE) == 0;
  const int error = errno;
  if (!done) unlink(fresh.c_str());
  if (!done && error == EEXIST) return false;
  errno = error;
  if (!done) FailWrite(path);
  SyncFolder(std::filesystem::path(path).parent_path().string());
  return true;
}

CheckpointHead ReadCheckpointHead(const std::string& path) {
  const File file = OpenToRead(path);
  const std::string line = ReadHeadLine(file.fd, path);
  try {
    return ParseHead(path, line);
  } catch (const Failure& failure) {
    // A position that is none is damage here, whatever it is on a command line.
    if (failure.error().status != ExitStatus::kUsage) throw;
    FailDamaged(path, failure.what());
  }
}

std::optional<std::string> FindDamage(const std::string& path) {
  const File file = OpenToRead(path);
  if (file.fd < 0) return ErrnoText(errno);
  Sha256 sum;
  std::string bytes;
  for (;;) {
    const size_t before = bytes.size();
    ReadSome(file.fd, path, kBlock, &bytes);
    if (bytes.size() == before) break;
    if (bytes.size() <= kTrailerSize) continue;
    sum.Add(std::string_view(bytes).substr(0, bytes.size() - kTrailerSize));
    bytes.erase(0, bytes.size() - kTrailerSize);
  }
  if (bytes.size() < kTrailerSize || bytes.rfind(kTrailerWord, 0) != 0) return "its end is missing";
  if (bytes != std::string(kTrailerWord) + sum.Hex() + "\n") return "its checksum does not fit";
  return std::nullopt;
}

void ReadCheckpointState(const std::string& path, const PersistFunction& persist) {
  const File file = OpenToRead(path);
  const std::string head = ReadHeadLine(file.fd, path);
  if (lseek(file.fd, static_cast<off_t>(head.size()), SEEK_SET) < 0)
    Fail(ExitStatus::kIoError, "could not read the checkpoint " + path + ": " + ErrnoText(errno));
  const std::unique_ptr<ZSTD_DStream, decltype(&ZSTD_freeDStream)> stream(ZSTD_createDStream(), ZSTD_freeDStream);
  CDC_CHECK(stream != nullptr, "zstd gives no decompressor");
  std::string bytes, out(size_t{1} << 20, '\0');
  size_t at = 0;
  bool ended = false;
  StateArchive state = StateArchive::Loading([&](std::string* more) {
    while (!ended) {
      if (at == bytes.size()) {
        bytes.clear();
        at = 0;
        ReadSome(file.fd, path, kBlock, &bytes);
      }
      ZSTD_inBuffer in{bytes.data(), bytes.size(), at};
      ZSTD_outBuffer given{out.data(), out.size(), 0};
      const size_t left = ZSTD_decompressStream(stream.get(), &given, &in);
      if (ZSTD_isError(left) != 0) FailDamaged(path, ZSTD_getErrorName(left));
      if (left != 0 && given.pos == 0 && in.size == 0) FailDamaged(path, "its state ends too early");
      at = in.pos;
      ended = left == 0;
      if (given.pos == 0) continue;
      more->append(out, 0, given.pos);
      return true;
    }
    return false;
  });
  persist(state);
  state.Finish();
}

}  // namespace cdc::sql
