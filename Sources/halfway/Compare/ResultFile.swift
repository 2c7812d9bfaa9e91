// SPDX-License-Identifier: Apache-2.0
import Conditions
import TensorFiles

/// A JSON document of this tool in a file.
struct ResultFile {
  /// The path as it was given.
  let path: String
  /// The FNV-1a hash of the bytes.
  let digest: String
  let value: DocumentValue
  /// The name and version of the document's structure.
  let schema: String

  /// Reads a document; throws status 65 where it is none.
  init(_ path: String) throws(CommandExit) {
    do throws(TensorFileProblem) {
      let contents = try FileContents(ofFile: path)
      try contents.refuseForeign()
      let value = try DocumentReader.read(contents)
      guard let schema = value.object?["schema"]?.text, schema.hasPrefix("halfway/") else {
        throw TensorFileProblem(
          path: path,
          reason: "no result of halfway: 'schema' is missing, which every document of --export "
            + "FILE.json has")
      }
      (self.path, digest, self.value, self.schema) = (path, contents.digest, value, schema)
    } catch {
      throw CommandExit(.badInput, error.description)
    }
  }

  /// What conditions are asked of.
  func document(_ form: DocumentForm) -> ConditionDocument {
    ConditionDocument(value, keysLeftOut: form.keysLeftOut)
  }
}
