// SPDX-License-Identifier: Apache-2.0

extension Minibatch {
  /// One of equal parts of the batch, in the order of the examples.
  ///
  /// - Precondition: the number of examples is a multiple of the number of parts.
  package func part(_ index: Int, of count: Int) -> Minibatch {
    precondition(size % count == 0, "\(size) examples among \(count) workers")
    let share = size / count
    func part<Value>(_ values: [Value]) -> [Value] {
      let each = values.count / count
      return Array(values[index * each..<(index + 1) * each])
    }
    return Minibatch(
      size: share, tokens: part(tokens), targets: part(targets),
      images: images.map { images in
        ImageBatch(
          indices: part(images.indices), images: part(images.images),
          labels: images.labels.map(part), masks: images.masks.map(part),
          objects: images.objects.map(part))
      })
  }
}
