// SPDX-License-Identifier: Apache-2.0
import Datasets
import Network

/// A detector of objects in one pass, in the manner of YOLO (Redmon et al., "You only look once",
/// 2016) with one box for each cell.
///
/// Four 3 × 3 convolutions with batch normalization and ReLU, the second and the third of stride 2,
/// and a 1 × 1 convolution to 5 + K numbers for each cell of 4 × 4 pixels: whether an object's
/// centre lies in the cell, its box, and its class among K.
///
/// Loss: the binary cross-entropy of the first number over all cells, plus 5 times the squared
/// error of the boxes and the cross-entropy of the classes over the cells with an object. The
/// weight of 5 is the paper's.
struct GridDetector: Model, Hashable {
  /// The sizes of an image; rows and columns are multiples of 4.
  var shape: ImageShape
  /// The number of classes, without the background.
  var classes: Int
  /// The channels of the four convolutions.
  var widths = [16, 32, 64, 64]
  /// The choice that concerns normalization.
  var layers = LayerChoices()

  /// The name on the command line.
  static let name = "detector"
  /// The rows and columns of a cell.
  static let cell = 4
  var lossUnit: String { "1" }
  /// The weight of the boxes' error.
  private static let boxWeight = 5.0

  /// The model in words.
  var architecture: String {
    "grid detector of \(widths.map(String.init).joined(separator: ", ")) channels, batch "
      + "normalization, cells of \(Self.cell) x \(Self.cell) pixels, \(classes) classes"
      + layers.words
  }

  /// The parameters, layer by layer.
  var parameters: [Parameter] {
    let inputs = [shape.channels] + widths
    return widths.indices.flatMap {
      Parameter.normalizedConvolution("conv\($0 + 1)", inputs[$0], widths[$0])
    }
      + Parameter.convolution(
        "output", widths[widths.count - 1], GridTargets.fields + classes, size: 1, bias: true)
  }

  /// The numbers of each cell, shape (B, H/4, W/4, 5 + K): logit of an object, box, class logits.
  func predict(_ batch: Minibatch, _ tape: inout Tape) -> Tape.Index {
    var x = tape.images(batch, shape)
    for index in widths.indices {
      x = tape.normalizedConvolution(
        x, "conv\(index + 1)", stride: index == 1 || index == 2 ? 2 : 1,
        epsilon: layers.epsilon)
    }
    return tape.channelsLast(tape.convolution(x, "output", size: 1, bias: true), "output")
  }

  /// The sum of the three losses; the first one alone in a batch without objects.
  func loss(
    _ prediction: Tape.Index, _ batch: Minibatch, _ tape: inout Tape
  ) -> Tape.Index {
    let targets = GridTargets(batch.images?.objects ?? [], shape, cell: Self.cell)
    let fields = GridTargets.fields
    func part(
      _ rows: [Int], _ columns: Range<Int>, _ layer: String, _ tape: inout Tape
    ) -> Tape.Index {
      tape.selection(prediction, rows: rows, columns: columns, layer)
    }
    let cells = Array(targets.presence.indices)
    let presence = tape.binaryCrossEntropy(
      part(cells, 0..<1, "presence", &tape), targets.presence)
    guard !targets.cells.isEmpty else { return presence }
    let box = tape.meanSquaredError(
      part(targets.cells, 1..<fields, "box", &tape), targets.boxes, weight: Self.boxWeight)
    let kind = tape.crossEntropy(
      part(targets.cells, fields..<fields + classes, "class", &tape), targets.classes)
    return tape.add(tape.add(presence, box, Tape.lossLayer), kind, Tape.lossLayer)
  }
}

extension GridDetector {
  /// The class logits of the cells that have an object.
  func classes(_ prediction: Tensor, _ batch: Minibatch) -> ClassPredictions {
    let targets = GridTargets(batch.images?.objects ?? [], shape, cell: Self.cell)
    let values = prediction.doubles
    let columns = prediction.columns
    return ClassPredictions(
      logits: targets.cells.flatMap { cell in
        values[cell * columns + GridTargets.fields..<(cell + 1) * columns]
      }, classes: classes, targets: targets.classes,
      examples: targets.cells.map { $0 * batch.size / max(1, targets.presence.count) })
  }
}

/// What a grid of cells is to say about the objects of a batch.
///
/// A cell answers for the object whose centre lies in it, of several for the first one.
package struct GridTargets: Equatable {
  /// For each cell of each image 1 where it has an object, otherwise 0.
  private(set) var presence: [Double]
  /// The cells that have one, counted over all images, ascending.
  private(set) var cells: [Int] = []
  /// Four numbers for each of those: the centre's place in the cell in units of the cell, column
  /// and row, and the roots of width and height in units of the image, as the paper has them.
  private(set) var boxes: [Double] = []
  /// The class of each, from 0.
  private(set) var classes: [Int] = []

  /// The numbers of a cell before its class logits: presence and box.
  static let fields = 5

  /// The targets of the objects of each image.
  init(_ objects: [[ObjectBox]], _ shape: ImageShape, cell: Int) {
    let (rows, columns) = (shape.height / cell, shape.width / cell)
    presence = [Double](repeating: 0, count: objects.count * rows * columns)
    for (image, objects) in objects.enumerated() {
      var first: [Int: ObjectBox] = [:]
      for object in objects {
        let position =
          object.centre.row / (2 * cell) * columns + object.centre.column / (2 * cell)
        if first[position] == nil { first[position] = object }
      }
      for (position, object) in first.sorted(by: { $0.key < $1.key }) {
        let number = image * rows * columns + position
        presence[number] = 1
        cells.append(number)
        classes.append(object.objectClass - 1)
        let unit = Double(2 * cell)
        boxes += [
          Double(object.centre.column % (2 * cell)) / unit,
          Double(object.centre.row % (2 * cell)) / unit,
          (Double(object.columns.count) / Double(shape.width)).squareRoot(),
          (Double(object.rows.count) / Double(shape.height)).squareRoot(),
        ]
      }
    }
  }
}

extension ObjectBox {
  /// The centre in half pixels.
  fileprivate var centre: (row: Int, column: Int) {
    (rows.lowerBound + rows.upperBound, columns.lowerBound + columns.upperBound)
  }
}
