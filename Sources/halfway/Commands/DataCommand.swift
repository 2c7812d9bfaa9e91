// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Datasets
import Foundation
import TensorFiles
import Words

/// `halfway data`: writes generated data sets in the formats of known ones, or says what data files
/// hold.
struct DataCommand: ExemplifiedCommand, ThreadedCommand {
  static let configuration = CommandConfiguration(
    commandName: "data",
    abstract: "Generates data sets for training, or tells what a data file holds.",
    discussion: """
      digits: written digits, 28 x 28 grey, in IDX under MNIST's file names. \
      shapes: scenes in colour with masks and boxes, in IDX. \
      shapes10: one of ten shapes an image, 32 x 32 in colour, as CIFAR-10's binary version. \
      The same seed gives the same bytes on every machine. docs/data.md tells the formats.
      """)

  static let examples = [
    Example("halfway data digits --output digits", "60,000 and 10,000 images, as MNIST has"),
    Example(
      "halfway data shapes --output scenes --size 64 --objects 6 --train 5000 --test 500",
      "scenes with masks and boxes"),
    Example("halfway data shapes10 --output shapes10 --seed 2", "CIFAR-10 in shape"),
    Example(
      "halfway data --describe train-labels-idx1-ubyte data_batch_1.bin",
      "what files hold: sizes, counts of each class, digest"),
  ]

  @Argument(
    help: "What to generate: \(DataCommand.names.joined(separator: ", ")).",
    completion: Completions.sets)
  var set: String?

  @Option(
    name: .long,
    help: ArgumentHelp("Where the files go; made where missing.", valueName: "folder"),
    completion: .directory)
  var output: String?

  @Option(
    name: .long, parsing: .unconditional,
    help: "Training images; 60000 by default, 50000 for shapes10, 10000 for shapes.",
    transform: Options.whole(DataCommand.countRange))
  var train: Int?

  @Option(
    name: .long, parsing: .unconditional, help: "Test images; 10000 by default, 2000 for shapes.",
    transform: Options.whole(DataCommand.countRange))
  var test: Int?

  @Option(
    name: .long, parsing: .unconditional, help: "Seed of the images; 1 by default.",
    transform: Options.whole(0...UInt64.max))
  var seed: UInt64?

  @Option(
    name: .long, parsing: .unconditional,
    help: "Rows and columns of shapes: 32 or 64; 64 by default.",
    transform: { word in
      guard let side = Int(word), [32, 64].contains(side) else {
        throw ValidationError("32 or 64")
      }
      return side
    })
  var size: Int?

  @Option(
    name: .long, parsing: .unconditional,
    help: "The most objects in an image of shapes; 4 by default.",
    transform: Options.whole(1...16))
  var objects: Int?

  @OptionGroup var threading: ThreadOptions

  @Option(
    name: .long, parsing: .upToNextOption,
    help: ArgumentHelp(
      "Tell what files hold instead: IDX, CIFAR-10's .bin or text.", valueName: "file"),
    completion: .file())
  var describe: [String] = []

  @OptionGroup var outputOptions: OutputOptions

  static let names = ["digits", "shapes", "shapes10"]
  private static let countRange = 1...60_000
  private static let chunk = 1_000

  func run() throws {
    if describe.isEmpty { try generate() } else { try describeFiles() }
  }

  // MARK: - Describing

  private func describeFiles() throws {
    if let set {
      throw CommandExit.usage(
        "--describe reads files, '\(Echo.word(set))' would generate some: leave one out")
    }
    let given = generatorOptions.first { $0.isGiven }
    if let given {
      throw CommandExit.usage("--describe reads files, to which \(given.name) cannot apply")
    }
    if describe.contains("") { throw CommandExit.usage("--describe has an empty name") }
    try outputOptions.checkFiles(beside: OwnFiles(read: describe))
    let summaries = try describe.map { path throws(CommandExit) in
      do throws(TensorFileProblem) {
        return try DataFileSummary(ofFile: path)
      } catch {
        throw CommandExit(.badInput, error.description)
      }
    }
    try outputOptions.write(DataOutput(source: nil, files: summaries))
  }

  private var generatorOptions: [(name: String, isGiven: Bool)] {
    [
      ("--output", output != nil), ("--train", train != nil), ("--test", test != nil),
      ("--seed", seed != nil), ("--size", size != nil), ("--objects", objects != nil),
      ("--threads", threading.threads != nil),
    ]
  }

  // MARK: - Generating

  private func generate() throws {
    let source = try source()
    guard let output, !output.isEmpty else {
      throw CommandExit.usage(
        self.output == nil
          ? "--output is missing: name the folder for the files"
          : "--output is empty: name a folder")
    }
    let own = OwnFiles(
      written: (ImageFolder.fileNames + [FolderLock.fileName]).map { "\(output)/\($0)" })
    try own.refuse(outputOptions.exports)
    try OutputFolder.make(output)
    let lock = try FolderLock(folder: output)
    defer { lock.release() }
    for name in ImageFolder.fileNames where access("\(output)/\(name)", F_OK) == 0 {
      throw CommandExit(
        .couldNotRun, "'\(output)' already holds \(name): name another folder or remove it")
    }
    try outputOptions.checkFiles(beside: own)
    let progress = Progress("data", total: UInt64(source.train + source.test), unit: "images")
    defer { progress.finish() }
    var summaries: [DataFileSummary] = []
    for (split, count) in [(ImageFolder.Split.train, source.train), (.test, source.test)] {
      let images = try images(source, split, count, progress)
      for file in images.files(source.set.layout, split: split) {
        let path = output.hasSuffix("/") ? output + file.name : "\(output)/\(file.name)"
        try AtomicFile.write(file.bytes, to: path)
        summaries.append(try DataFileSummary(FileContents(path: path, bytes: file.bytes)))
      }
    }
    try outputOptions.write(DataOutput(source: source, files: summaries))
  }

  /// One half of the set, in chunks between which an interrupt is heard.
  private func images(
    _ source: DataSource, _ split: ImageFolder.Split, _ count: Int, _ progress: Progress
  ) throws -> ImageSet {
    var parts: [ImageSet] = []
    for start in stride(from: 0, to: count, by: Self.chunk) {
      try Interrupt.check("interrupted; '\(output ?? "")' holds no whole data set: remove it")
      let range = start..<min(start + Self.chunk, count)
      parts.append(
        source.set.images(
          range, split: split, seed: source.seed,
          threads: threading.count))
      progress.advance(by: UInt64(range.count))
    }
    return ImageSet(joining: parts)
  }

  /// What the options ask for; throws status 64 on wrong ones.
  private func source() throws -> DataSource {
    guard let name = set else {
      throw CommandExit.usage(
        "name a set to generate, \(Self.names.joined(separator: ", ")), or files after --describe")
    }
    let scenes = GeneratedSet.shapes(side: size ?? 64, objects: objects ?? 4)
    let sets: [String: (set: GeneratedSet, train: Int, test: Int)] = [
      "digits": (.digits, 60_000, 10_000), "shapes": (scenes, 10_000, 2_000),
      "shapes10": (.shapes10, 50_000, 10_000),
    ]
    guard let chosen = sets[name.lowercased()] else {
      throw CommandExit.usage(
        NearestNames.complaint(kind: "data set", name: name, known: Self.names, option: "<set>"))
    }
    if chosen.set != scenes, let given = generatorOptions[4...5].first(where: \.isGiven) {
      throw CommandExit.usage("\(given.name) is for shapes, not for \(name.lowercased())")
    }
    return DataSource(
      name: name.lowercased(), set: chosen.set, train: train ?? chosen.train,
      test: test ?? chosen.test, seed: seed ?? 1)
  }
}

extension Completions {
  static let sets = CompletionKind.list(DataCommand.names)
}
