#include "tools/cdc-apply/http_client.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <exception>
#include <optional>

#include "common/error.h"
#include "common/stop.h"
#include "tools/cdc-apply/stop_failure.h"

namespace cdc::apply {
namespace {

// An answer is a small document; of an error page that is longer the beginning tells enough.
constexpr size_t kMostAnswerBytes = 1 << 20;

// The server says within this time whether it wants the body, else it gets it: as StarRocks' own client waits.
constexpr long kContinueTimeoutMs = 30'000;

/// Where an answer goes. What a piece of it throws waits here until libcurl, which is C, has returned.
struct AnswerTaker {
  CURL* curl;
  const HttpRequest* request;
  HttpAnswer* answer;
  std::exception_ptr failure = nullptr;
};

size_t TakeAnswer(char* bytes, size_t size, size_t count, void* target) {
  auto* taker = static_cast<AnswerTaker*>(target);
  const std::string_view piece(bytes, size * count);
  curl_easy_getinfo(taker->curl, CURLINFO_RESPONSE_CODE, &taker->answer->status);
  if (!taker->request->take_body || !taker->answer->is_success()) {
    std::string& body = taker->answer->body;
    body.append(piece.substr(0, kMostAnswerBytes - std::min(kMostAnswerBytes, body.size())));
    return piece.size();
  }
  try {
    taker->request->take_body(piece);
  } catch (...) {
    taker->failure = std::current_exception();
    return 0;  // not what it was given: libcurl gives up
  }
  return piece.size();
}

size_t TakeHeader(char* bytes, size_t size, size_t count, void* target) {
  auto* headers = static_cast<std::map<std::string, std::string>*>(target);
  const std::string_view line(bytes, size * count);
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos) return line.size();
  std::string name(line.substr(0, colon));
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
  std::string_view value = line.substr(colon + 1);
  while (!value.empty() && std::strchr(" \t\r\n", value.front()) != nullptr) value.remove_prefix(1);
  while (!value.empty() && std::strchr(" \t\r\n", value.back()) != nullptr) value.remove_suffix(1);
  (*headers)[name] = value;
  return line.size();
}

struct BodyReader {
  std::string_view rest;
};

size_t GiveBody(char* bytes, size_t size, size_t count, void* source) {
  auto* body = static_cast<BodyReader*>(source);
  const size_t given = std::min(size * count, body->rest.size());
  std::memcpy(bytes, body->rest.data(), given);
  body->rest.remove_prefix(given);
  return given;
}

/// A file as the body of a request.
class BodyFile {
 public:
  explicit BodyFile(const std::string& path) : fd_(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    struct stat info {};
    if (fd_ < 0 || fstat(fd_, &info) != 0)
      Fail(ExitStatus::kIoError, "could not open \"" + path + "\": " + ErrnoText(errno));
    size_ = info.st_size;
  }
  BodyFile(const BodyFile&) = delete;
  BodyFile& operator=(const BodyFile&) = delete;
  ~BodyFile() { close(fd_); }

  curl_off_t size() const { return size_; }
  static size_t Give(char* bytes, size_t size, size_t count, void* source) {
    for (;;) {
      const ssize_t given = read(static_cast<BodyFile*>(source)->fd_, bytes, size * count);
      if (given >= 0) return static_cast<size_t>(given);
      if (errno != EINTR) return CURL_READFUNC_ABORT;
    }
  }
  /// libcurl begins anew where a connection that it had kept turns out to be closed.
  static int Seek(void* source, curl_off_t offset, int origin) {
    return lseek(static_cast<BodyFile*>(source)->fd_, offset, origin) < 0 ? CURL_SEEKFUNC_FAIL : CURL_SEEKFUNC_OK;
  }

 private:
  int fd_;
  curl_off_t size_ = 0;
};

struct HeaderList {
  curl_slist* list = nullptr;
  HeaderList() = default;
  HeaderList(const HeaderList&) = delete;
  HeaderList& operator=(const HeaderList&) = delete;
  ~HeaderList() { curl_slist_free_all(list); }
  void Add(const std::string& line) { list = curl_slist_append(list, line.c_str()); }
};

/// The library's global state, once a process.
void InitializeOnce() {
  static const CURLcode kDone = curl_global_init(CURL_GLOBAL_DEFAULT);
  CDC_CHECK(kDone == CURLE_OK, "libcurl starts");
}

// With a stop asked for, nothing but silence of this length ends a request: a server that works on one may finish it.
constexpr auto kSilence = std::chrono::milliseconds(900);

std::atomic<bool> stopped_waiting{false};

/// What has moved of a request, and since when nothing more did; counted from the stop.
struct StopWatch {
  curl_off_t bytes = -1;
  std::chrono::steady_clock::time_point since{};
};

/// libcurl asks this whenever bytes move or a signal comes, and each second. Other than 0 ends the request.
int EndsAtStop(void* source, curl_off_t, curl_off_t received, curl_off_t, curl_off_t sent) {
  if (!StopRequested()) return 0;
  auto* watch = static_cast<StopWatch*>(source);
  const auto now = std::chrono::steady_clock::now();
  if (received + sent != watch->bytes) *watch = {received + sent, now};
  if (now - watch->since >= kSilence) stopped_waiting = true;
  return stopped_waiting ? 1 : 0;
}

/// CURLE_UNSUPPORTED_PROTOCOL is what a server that answers in HTTP/0.9 or in no HTTP at all gives; that the URL's own
/// scheme is http or https was seen before.
ExitStatus StatusOf(CURLcode code) {
  switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE: return ExitStatus::kNoPermission;
    case CURLE_URL_MALFORMAT: return ExitStatus::kUsage;
    default: return ExitStatus::kUnavailable;
  }
}

void CheckScheme(const std::string& url) {
  std::string scheme = url.substr(0, std::min(url.find("://"), url.size()));
  std::transform(scheme.begin(), scheme.end(), scheme.begin(), [](unsigned char c) { return std::tolower(c); });
  if (scheme.size() < url.size() && scheme != "http" && scheme != "https")
    Fail(ExitStatus::kUsage, "\"" + ShownUrl(url) + "\" is no URL of HTTP");
}

}  // namespace

std::string UrlEncoded(std::string_view text, std::string_view kept) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain =
        byte < 0x80 && (std::isalnum(byte) != 0 || std::string_view("-_.~").find(c) != std::string_view::npos);
    if (plain || kept.find(c) != std::string_view::npos) {
      out += c;
      continue;
    }
    out += '%';
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

struct HttpClient::Handle {
  CURL* curl = nullptr;
  char error[CURL_ERROR_SIZE] = "";
  ~Handle() { curl_easy_cleanup(curl); }
};

HttpClient::HttpClient(HttpSettings settings) : handle_(std::make_unique<Handle>()), settings_(std::move(settings)) {
  InitializeOnce();
  handle_->curl = curl_easy_init();
  CDC_CHECK(handle_->curl != nullptr, "libcurl gives a handle");
}

HttpClient::~HttpClient() = default;

HttpAnswer HttpClient::Send(const HttpRequest& request) {
  CheckScheme(request.url);
  CURL* curl = handle_->curl;
  curl_easy_reset(curl);  // connections stay
  HttpAnswer answer;
  HeaderList headers;
  for (const auto& [name, value] : request.headers) headers.Add(name + ": " + value);
  headers.Add(request.expect_continue ? "Expect: 100-continue" : "Expect:");
  BodyReader body{request.body};
  std::optional<BodyFile> body_file;
  if (!request.body_path.empty()) body_file.emplace(request.body_path);
  handle_->error[0] = '\0';
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, handle_->error);
  curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);  // names of objects may hold "..", and are signed as they are
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "cdc-apply");
  curl_easy_setopt(curl, CURLOPT_TIMEOUT, static_cast<long>(settings_.timeout.count()));
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, static_cast<long>(settings_.connect_timeout.count()));
  curl_easy_setopt(curl, CURLOPT_EXPECT_100_TIMEOUT_MS, kContinueTimeoutMs);
  if (!settings_.ca_file.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, settings_.ca_file.c_str());
  if (request.method == "PUT") {
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, GiveBody);
    curl_easy_setopt(curl, CURLOPT_READDATA, &body);
  } else if (request.method == "POST" && body_file) {
    curl_easy_setopt(curl, CURLOPT_POST, 1L);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, body_file->size());
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, BodyFile::Give);
    curl_easy_setopt(curl, CURLOPT_READDATA, &*body_file);
    curl_easy_setopt(curl, CURLOPT_SEEKFUNCTION, BodyFile::Seek);
    curl_easy_setopt(curl, CURLOPT_SEEKDATA, &*body_file);
  } else if (request.method == "POST") {
    curl_easy_setopt(curl, CURLOPT_POST, 1L);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.empty() ? "" : request.body.data());
    if (request.body.empty()) headers.Add("Content-Type:");
  } else if (request.method == "HEAD") {
    curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
  } else {
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }
  if (!request.user.empty()) {
    curl_easy_setopt(curl, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    curl_easy_setopt(curl, CURLOPT_USERNAME, request.user.c_str());
    curl_easy_setopt(curl, CURLOPT_PASSWORD, request.password.c_str());
  }
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.list);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, TakeAnswer);
  AnswerTaker taker{curl, &request, &answer};
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &taker);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, TakeHeader);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &answer.headers);
  StopWatch watch;
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, EndsAtStop);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &watch);
  const CURLcode code = curl_easy_perform(curl);
  if (taker.failure) std::rethrow_exception(taker.failure);
  if (code == CURLE_ABORTED_BY_CALLBACK)
    throw StopFailure("server " + ShownUrl(request.url) + " had not answered when the stop was asked for");
  if (code != CURLE_OK)
    Fail(StatusOf(code), "server " + ShownUrl(request.url) + " cannot be asked: " + curl_easy_strerror(code),
         handle_->error);
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer.status);
  char* location = nullptr;
  if (curl_easy_getinfo(curl, CURLINFO_REDIRECT_URL, &location) == CURLE_OK && location != nullptr)
    answer.location = location;
  return answer;
}

std::string ShownUrl(std::string_view url) {
  const size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return Shown(std::string(url));
  const std::string_view rest = url.substr(scheme + 3);
  const std::string_view host = rest.substr(0, rest.find('/'));
  const size_t at = host.rfind('@');
  const std::string_view shown = at == std::string_view::npos ? rest : rest.substr(at + 1);
  return Shown(std::string(url.substr(0, scheme + 3)) + std::string(shown.substr(0, shown.find('?'))));
}

}  // namespace cdc::apply
