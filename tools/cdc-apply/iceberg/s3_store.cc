#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <map>

#include "common/error.h"
#include "tools/cdc-apply/hidden_file.h"
#include "tools/cdc-apply/iceberg/file_store.h"
#include "tools/cdc-apply/iceberg/s3_client.h"

namespace cdc::apply::iceberg {
namespace {

// S3 takes up to 10,000 parts of a file, so that 32 MiB do for 312 GiB.
constexpr int64_t kLargeFile = 64 << 20, kPartBytes = 32 << 20;

class S3Store : public S3Files {
 public:
  S3Store(const AwsAccess& access, HttpSettings settings) : client_(access, std::move(settings)) {}

  void SetAccess(const std::string& prefix, const AwsAccess& access) override { client_.SetAccess(prefix, access); }
  void SetRenewal(std::function<bool(const std::string& location)> renew) override {
    client_.SetRenewal(std::move(renew));
  }

  void Write(const std::string& location, std::string_view bytes) override {
    S3Request put{"PUT"};
    put.body = bytes;
    Expect(client_.Send(location, put), location);
  }

  std::string Read(const std::string& location) override {
    std::string bytes;
    S3Request get{"GET"};
    get.take_body = [&](std::string_view piece) { bytes += piece; };
    get.begin_body_anew = [&] { bytes.clear(); };
    Expect(client_.Send(location, get), location);
    return bytes;
  }

  void Remove(const std::string& location) override {
    if (waiting_.erase(location) == 0) client_.Send(location, {"DELETE"});
  }

  std::string LocalPathFor(const std::string& location) override {
    auto& file = waiting_[location];
    file = std::make_unique<HiddenFile>();
    return file->path();
  }

  int64_t Publish(const std::string&, const std::string& location) override {
    const auto found = waiting_.find(location);
    CDC_CHECK(found != waiting_.end(), "a file that is published was asked for");
    const HiddenFile& file = *found->second;
    const int64_t size = file.size();
    if (size > kLargeFile)
      SendInParts(file, size, location);
    else
      Write(location, MappedPart(file, 0, size).bytes());
    waiting_.erase(found);
    return size;
  }

  std::string LocalCopyOf(const std::string& location) override {
    auto file = std::make_unique<HiddenFile>();
    S3Request get{"GET"};
    get.take_body = [&](std::string_view piece) { file->Append(piece); };
    get.begin_body_anew = [&] { file->Empty(); };
    Expect(client_.Send(location, get), location);
    std::string path = file->path();
    copies_[path] = std::move(file);
    return path;
  }

  void FinishReading(const std::string& local_path) override { copies_.erase(local_path); }

 private:
  static void Expect(const HttpAnswer& answer, const std::string& location) {
    if (answer.status == 404)
      Fail(ExitStatus::kNoInput, "file \"" + Shown(location, 400) + "\" of an Iceberg table is not there");
  }

  /// Parts that no file is made of stay in the bucket, and are paid for: what fails is undone.
  void SendInParts(const HiddenFile& file, int64_t size, const std::string& location) {
    S3Request begin{"POST"};
    begin.query = {{"uploads", ""}};
    const HttpAnswer begun = client_.Send(location, begin);
    Expect(begun, location);
    const std::string upload = XmlText(begun.body, "UploadId");
    if (upload.empty()) Fail(ExitStatus::kProtocol, "S3 began no upload of \"" + Shown(location, 400) + "\"");
    try {
      SendParts(file, size, location, upload);
    } catch (const Failure&) {
      Abort(location, upload);
      throw;
    }
  }

  void SendParts(const HiddenFile& file, int64_t size, const std::string& location, const std::string& upload) {
    std::string list = "<CompleteMultipartUpload>";
    int number = 1;
    for (int64_t offset = 0; offset < size; offset += kPartBytes, ++number) {
      const MappedPart part(file, offset, std::min(kPartBytes, size - offset));
      S3Request put{"PUT"};
      put.query = {{"partNumber", std::to_string(number)}, {"uploadId", upload}};
      put.body = part.bytes();
      HttpAnswer answer = client_.Send(location, put);
      Expect(answer, location);
      list += "<Part><PartNumber>" + std::to_string(number) + "</PartNumber><ETag>" + answer.headers["etag"] +
              "</ETag></Part>";
    }
    list += "</CompleteMultipartUpload>";
    S3Request complete{"POST"};
    complete.query = {{"uploadId", upload}};
    complete.body = list;
    const HttpAnswer answer = client_.Send(location, complete);
    // Asked twice, since the first answer was lost, S3 knows the upload no more.
    if (answer.status == 404 && client_.Send(location, {"HEAD"}).headers["content-length"] == std::to_string(size))
      return;
    // A failure may come after the status, which was sent early lest the connection be lost.
    if (answer.status == 404 || !XmlText(answer.body, "Code").empty())
      Fail(ExitStatus::kUnavailable, "S3 did not join the parts of \"" + Shown(location, 400) + "\"",
           Shown(XmlText(answer.body, "Message"), 400));
  }

  void Abort(const std::string& location, const std::string& upload) {
    S3Request abort{"DELETE"};
    abort.query = {{"uploadId", upload}};
    try {
      client_.Send(location, abort);
    } catch (const Failure&) {
      // What led here is said; the bucket's rule for uploads that are not complete removes the parts.
    }
  }

  S3Client client_;
  std::map<std::string, std::unique_ptr<HiddenFile>> waiting_;  // by location
  std::map<std::string, std::unique_ptr<HiddenFile>> copies_;   // by path
};

}  // namespace

std::unique_ptr<S3Files> MakeS3Store(const AwsAccess& access, const HttpSettings& settings) {
  return std::make_unique<S3Store>(access, settings);
}

}  // namespace cdc::apply::iceberg
