// The echo service of homeward/testing/v1/everything.proto on gRPC C++, with a load generator: once on a completion
// queue, once on the callback API. Each process keeps one thread busy, as the Swift ones do.
//
//   grpc-echo serve cq|callback
//   grpc-echo unary cq|callback PORT PAYLOAD CONNECTIONS IN-FLIGHT SECONDS
//   grpc-echo stream cq|callback PORT PAYLOAD SECONDS
//
// With BENCH_TLS=DIRECTORY over mutual TLS, by certificate.pem, key.pem and authority.pem there, of a component "echo".
#include <grpcpp/grpcpp.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "homeward/testing/v1/everything.grpc.pb.h"

using homeward::testing::v1::Echo;
using homeward::testing::v1::Note;
using Clock = std::chrono::steady_clock;

constexpr auto kWarmUp = std::chrono::milliseconds(300);
// The load's streaming messages are larger than what gRPC accepts by default.
constexpr int kMaxMessage = 16 << 20;

// MARK: Credentials

const char* tlsDirectory() { return std::getenv("BENCH_TLS"); }

std::string file(const char* name) {
  std::ifstream in(std::string(tlsDirectory()) + "/" + name);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

std::shared_ptr<grpc::ServerCredentials> serverCredentials() {
  if (!tlsDirectory()) return grpc::InsecureServerCredentials();
  grpc::SslServerCredentialsOptions options(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  options.pem_root_certs = file("authority.pem");
  options.pem_key_cert_pairs = {{file("key.pem"), file("certificate.pem")}};
  return grpc::SslServerCredentials(options);
}

std::shared_ptr<grpc::ChannelCredentials> channelCredentials() {
  if (!tlsDirectory()) return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = file("authority.pem");
  options.pem_private_key = file("key.pem");
  options.pem_cert_chain = file("certificate.pem");
  return grpc::SslCredentials(options);
}

// MARK: Server on a completion queue

struct Tag {
  virtual ~Tag() = default;
  virtual void proceed(bool ok) = 0;
};

struct SayCall final : Tag {
  Echo::AsyncService* service;
  grpc::ServerCompletionQueue* queue;
  grpc::ServerContext context;
  Note request;
  grpc::ServerAsyncResponseWriter<Note> responder{&context};
  bool answered = false;

  SayCall(Echo::AsyncService* s, grpc::ServerCompletionQueue* q) : service(s), queue(q) {
    service->RequestSay(&context, &request, &responder, queue, queue, this);
  }
  void proceed(bool ok) override {
    if (!ok || answered) return delete this;
    new SayCall(service, queue);
    answered = true;
    responder.Finish(request, grpc::Status::OK, this);
  }
};

struct GatherCall final : Tag {
  Echo::AsyncService* service;
  grpc::ServerCompletionQueue* queue;
  grpc::ServerContext context;
  grpc::ServerAsyncReader<Note, Note> reader{&context};
  Note note;
  uint64_t sum = 0;
  enum { waiting, reading, finishing } state = waiting;

  GatherCall(Echo::AsyncService* s, grpc::ServerCompletionQueue* q) : service(s), queue(q) {
    service->RequestGather(&context, &reader, queue, queue, this);
  }
  void proceed(bool ok) override {
    switch (state) {
      case waiting:
        if (!ok) return delete this;
        new GatherCall(service, queue);
        state = reading;
        return reader.Read(&note, this);
      case reading:
        if (ok) {
          sum += note.number();
          return reader.Read(&note, this);
        }
        state = finishing;
        note.clear_payload();
        note.set_number(sum);
        return reader.Finish(note, grpc::Status::OK, this);
      case finishing: return delete this;
    }
  }
};

void announce(int port) {
  std::printf("listening %d\n", port);
  std::fflush(stdout);
}

void serveQueue() {
  constexpr int kWaitingCalls = 512;
  Echo::AsyncService service;
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", serverCredentials(), &port);
  builder.SetMaxReceiveMessageSize(kMaxMessage);
  builder.RegisterService(&service);
  auto queue = builder.AddCompletionQueue();
  auto server = builder.BuildAndStart();
  for (int i = 0; i < kWaitingCalls; i++) new SayCall(&service, queue.get());
  new GatherCall(&service, queue.get());
  announce(port);
  void* tag;
  bool ok;
  while (queue->Next(&tag, &ok)) static_cast<Tag*>(tag)->proceed(ok);
}

// MARK: Server on the callback API

struct CallbackEcho final : Echo::CallbackService {
  grpc::ServerUnaryReactor* Say(grpc::CallbackServerContext* context, const Note* request, Note* response) override {
    *response = *request;
    auto* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

  struct Gathering final : grpc::ServerReadReactor<Note> {
    Note note;
    Note* response;
    uint64_t sum = 0;
    explicit Gathering(Note* r) : response(r) { StartRead(&note); }
    void OnReadDone(bool ok) override {
      if (ok) {
        sum += note.number();
        return StartRead(&note);
      }
      response->set_number(sum);
      Finish(grpc::Status::OK);
    }
    void OnDone() override { delete this; }
  };
  grpc::ServerReadReactor<Note>* Gather(grpc::CallbackServerContext*, Note* response) override {
    return new Gathering(response);
  }
};

void serveCallback() {
  CallbackEcho service;
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", serverCredentials(), &port);
  builder.SetMaxReceiveMessageSize(kMaxMessage);
  builder.RegisterService(&service);
  auto server = builder.BuildAndStart();
  announce(port);
  server->Wait();
}

// MARK: Load

double processorSeconds() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  auto seconds = [](timeval t) { return t.tv_sec + t.tv_usec / 1e6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void check(const grpc::Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "call failed: %s\n", status.error_message().c_str());
  std::exit(1);
}

std::vector<std::unique_ptr<Echo::Stub>> connect(const char* port, int count) {
  std::vector<std::unique_ptr<Echo::Stub>> stubs;
  for (int i = 0; i < count; i++) {
    grpc::ChannelArguments arguments;
    // Otherwise equal channels share one connection.
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    if (tlsDirectory()) arguments.SetSslTargetNameOverride("echo");
    auto channel = grpc::CreateCustomChannel(
        std::string("127.0.0.1:") + port, channelCredentials(), arguments);
    channel->WaitForConnected(std::chrono::system_clock::now() + std::chrono::seconds(10));
    stubs.push_back(Echo::NewStub(channel));
  }
  return stubs;
}

struct Measure {
  Clock::time_point begin, end;
  double processor = 0;
  std::vector<uint32_t> nanoseconds;

  explicit Measure(double seconds) {
    begin = Clock::now() + kWarmUp;
    end = begin + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
    nanoseconds.reserve(1 << 20);
  }
  /// False when it is time to stop.
  bool record(Clock::time_point started) {
    auto now = Clock::now();
    if (now < begin) return true;
    if (processor == 0) processor = processorSeconds();
    if (now >= end) return false;
    nanoseconds.push_back(std::chrono::duration_cast<std::chrono::nanoseconds>(now - started).count());
    return true;
  }
  void print() {
    double used = processorSeconds() - processor;
    double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    std::sort(nanoseconds.begin(), nanoseconds.end());
    auto at = [&](double part) { return nanoseconds.empty() ? 0 : nanoseconds[size_t(part * (nanoseconds.size() - 1))]; };
    std::printf("calls=%zu seconds=%.4f p50=%.1f p99=%.1f cpu=%.4f\n", nanoseconds.size(), seconds, at(0.5) / 1e3,
                at(0.99) / 1e3, used);
  }
};

struct Outgoing {
  std::unique_ptr<grpc::ClientContext> context;
  std::unique_ptr<grpc::ClientAsyncResponseReader<Note>> reader;
  Note response;
  grpc::Status status;
  Echo::Stub* stub;
  Clock::time_point started;
};

void unaryQueue(const char* port, size_t size, int connections, int inFlight, double seconds) {
  auto stubs = connect(port, connections);
  Note request;
  request.set_payload(std::string(size, 'x'));
  grpc::CompletionQueue queue;
  Measure measure(seconds);
  auto start = [&](Outgoing* call) {
    call->context = std::make_unique<grpc::ClientContext>();
    call->started = Clock::now();
    call->reader = call->stub->AsyncSay(call->context.get(), request, &queue);
    call->reader->Finish(&call->response, &call->status, call);
  };
  std::vector<std::unique_ptr<Outgoing>> calls;
  for (int i = 0; i < connections * inFlight; i++) {
    calls.push_back(std::make_unique<Outgoing>());
    calls.back()->stub = stubs[i % connections].get();
    start(calls.back().get());
  }
  size_t open = calls.size();
  void* tag;
  bool ok;
  while (open > 0 && queue.Next(&tag, &ok)) {
    auto* call = static_cast<Outgoing*>(tag);
    check(call->status);
    if (measure.record(call->started)) start(call); else open--;
  }
  measure.print();
}

void unaryCallback(const char* port, size_t size, int connections, int inFlight, double seconds) {
  auto stubs = connect(port, connections);
  Note request;
  request.set_payload(std::string(size, 'x'));
  Measure measure(seconds);
  std::mutex mutex;
  std::condition_variable done;
  std::vector<std::unique_ptr<Outgoing>> calls;
  size_t open = connections * inFlight;
  std::function<void(Outgoing*)> start = [&](Outgoing* call) {
    call->context = std::make_unique<grpc::ClientContext>();
    call->started = Clock::now();
    call->stub->async()->Say(call->context.get(), &request, &call->response, [&, call](grpc::Status status) {
      check(status);
      bool goOn;
      {
        std::lock_guard<std::mutex> lock(mutex);
        goOn = measure.record(call->started);
        if (!goOn && --open == 0) done.notify_one();
      }
      if (goOn) start(call);
    });
  };
  for (int i = 0; i < connections * inFlight; i++) {
    calls.push_back(std::make_unique<Outgoing>());
    calls.back()->stub = stubs[i % connections].get();
  }
  for (auto& call : calls) start(call.get());
  std::unique_lock<std::mutex> lock(mutex);
  done.wait(lock, [&] { return open == 0; });
  measure.print();
}

void checkSum(const Note& response, uint64_t sent) {
  if (response.number() == sent) return;
  std::fprintf(stderr, "%llu messages of %llu arrived\n", (unsigned long long)response.number(), (unsigned long long)sent);
  std::exit(1);
}

void streamQueue(const char* port, size_t size, double seconds) {
  auto stubs = connect(port, 1);
  Note note;
  note.set_number(1);
  note.set_payload(std::string(size, 'x'));
  grpc::CompletionQueue queue;
  grpc::ClientContext context;
  Note response;
  void* tag;
  bool ok;
  auto writer = stubs[0]->AsyncGather(&context, &response, &queue, nullptr);
  queue.Next(&tag, &ok);
  Measure measure(seconds);
  uint64_t sent = 0;
  Clock::time_point started;
  do {
    started = Clock::now();
    writer->Write(note, nullptr);
    queue.Next(&tag, &ok);
    sent++;
  } while (measure.record(started));
  writer->WritesDone(nullptr);
  queue.Next(&tag, &ok);
  grpc::Status status;
  writer->Finish(&status, nullptr);
  queue.Next(&tag, &ok);
  check(status);
  checkSum(response, sent);
  measure.print();
}

struct Gatherer final : grpc::ClientWriteReactor<Note> {
  Note note, response;
  grpc::ClientContext context;
  Measure measure;
  uint64_t sent = 0;
  Clock::time_point started;
  std::mutex mutex;
  std::condition_variable done;
  bool ended = false;

  Gatherer(Echo::Stub* stub, size_t size, double seconds) : measure(seconds) {
    note.set_number(1);
    note.set_payload(std::string(size, 'x'));
    stub->async()->Gather(&context, &response, this);
    started = Clock::now();
    StartWrite(&note);
    StartCall();
  }
  void OnWriteDone(bool) override {
    sent++;
    if (!measure.record(started)) return StartWritesDone();
    started = Clock::now();
    StartWrite(&note);
  }
  void OnDone(const grpc::Status& status) override {
    check(status);
    std::lock_guard<std::mutex> lock(mutex);
    ended = true;
    done.notify_one();
  }
  void wait() {
    std::unique_lock<std::mutex> lock(mutex);
    done.wait(lock, [&] { return ended; });
    checkSum(response, sent);
    measure.print();
  }
};

int main(int count, char** arguments) {
  std::vector<std::string> words(arguments + 1, arguments + count);
  if (words.size() < 2) return 2;
  bool onQueue = words[1] == "cq";
  if (words[0] == "serve") {
    onQueue ? serveQueue() : serveCallback();
  } else if (words[0] == "unary" && words.size() == 7) {
    (onQueue ? unaryQueue : unaryCallback)(
        words[2].c_str(), std::stoul(words[3]), std::stoi(words[4]), std::stoi(words[5]), std::stod(words[6]));
  } else if (words[0] == "stream" && words.size() == 5) {
    if (onQueue) {
      streamQueue(words[2].c_str(), std::stoul(words[3]), std::stod(words[4]));
    } else {
      auto stubs = connect(words[2].c_str(), 1);
      Gatherer gatherer(stubs[0].get(), std::stoul(words[3]), std::stod(words[4]));
      gatherer.wait();
    }
  } else {
    return 2;
  }
}
