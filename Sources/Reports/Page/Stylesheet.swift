// SPDX-License-Identifier: Apache-2.0

/// The look of a report: one column that is as wide as its figures, quiet type, light and dark as
/// the reader's system is, light on paper. A table wider than the page casts a shadow on the side
/// where it goes on: covers, which scroll with it, hide the shadows at its ends. On paper folded
/// parts are open.
enum Stylesheet {
  static let css = """
    :root{color-scheme:light dark;--paper:#fff;--clear:#fff0;--ink:#1c1c1c;--quiet:#5a5a5a;\
    --faint:#767673;--rule:#dcdcd7;--line:#efefec;--strong:#8c8c8c;--block:#f5f5f2;\
    --shadow:#0000003d;--accent:#1f548c;--alarm:#b3261e}
    *{box-sizing:border-box}
    html{-webkit-text-size-adjust:100%}
    body{margin:0;background:var(--paper);color:var(--ink);font:17px/1.55 "Iowan Old Style",\
    "Palatino Linotype",Palatino,P052,"URW Palladio L",Georgia,serif;\
    text-rendering:optimizeLegibility}
    main{max-width:768px;margin:0 auto;padding:56px 24px 72px}
    h1,h2,h3,table,.caption,figcaption,.label,.files,dt,footer,nav,summary{\
    font-family:"Helvetica Neue",Helvetica,Arial,"Liberation Sans",sans-serif}
    h1{font-size:30px;line-height:1.2;letter-spacing:-.012em;margin:6px 0 10px;font-weight:600}
    h2{font-size:19px;line-height:1.3;margin:58px 0 12px;padding-top:14px;\
    border-top:1px solid var(--rule);font-weight:600}
    h3{font-size:15px;margin:34px 0 6px;font-weight:600}
    p{margin:0 0 13px;max-width:42em}
    .label{font-size:12px;letter-spacing:.09em;text-transform:uppercase;color:var(--quiet);margin:0}
    .asked{color:var(--quiet);font-size:18px}
    .verdict{font-size:21px;line-height:1.42;border-left:4px solid var(--accent);\
    padding:2px 0 2px 18px;margin:26px 0 24px;max-width:none}
    .verdict.fails{border-color:var(--alarm)}
    ul{padding-left:1.15em;margin:0 0 14px;max-width:42em}
    li{margin:0 0 6px}
    sup{font-size:.72em;line-height:0;vertical-align:.42em}
    code,pre{font-family:"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.84em}
    pre{background:var(--block);padding:12px 14px;white-space:pre-wrap;overflow-wrap:anywhere;line-height:1.5;margin:0 0 14px}
    a{color:var(--accent);text-decoration-thickness:1px;text-underline-offset:2px}
    .table{margin:22px 0 28px}
    .scroll{overflow-x:auto;background-repeat:no-repeat;\
    background-attachment:local,local,scroll,scroll;\
    background-size:36px 100%,36px 100%,12px 100%,12px 100%;\
    background-position:0 0,100% 0,0 0,100% 0;\
    background-image:linear-gradient(90deg,var(--paper) 33%,var(--clear)),\
    linear-gradient(270deg,var(--paper) 33%,var(--clear)),\
    linear-gradient(90deg,var(--shadow),#0000),linear-gradient(270deg,var(--shadow),#0000)}
    table{border-collapse:collapse;font-size:13.5px;line-height:1.35;min-width:50%;\
    font-variant-numeric:tabular-nums lining-nums}
    .caption{font-size:13.5px;line-height:1.48;color:var(--quiet);margin:0 0 9px;max-width:54em}
    th{font-weight:500;text-align:left;vertical-align:bottom}
    thead th{color:var(--quiet);padding:3px 0 5px 16px;font-size:12.5px}
    thead th.group{border-bottom:1px solid var(--rule);color:var(--ink);padding-left:0;\
    text-align:center}
    thead tr:first-child th+th.group{border-left:14px solid var(--paper)}
    thead tr:last-child{border-bottom:1px solid var(--strong)}
    tbody th{white-space:nowrap;max-width:22em;overflow-wrap:anywhere}
    tbody th code{display:inline-block;max-width:26em;white-space:normal;\
    overflow-wrap:break-word;vertical-align:top}
    tbody th,tbody td{padding:4.5px 0 4.5px 16px;vertical-align:top}
    thead th:first-child,tbody th:first-child{padding-left:0;padding-right:8px}
    tbody tr+tr{border-top:1px solid var(--line)}
    tbody tr:last-child{border-bottom:1px solid var(--strong)}
    .n{text-align:right}
    td.n{white-space:nowrap}
    .many table{font-size:12px}
    .many tbody th,.many tbody td,.many thead th{padding-left:11px}
    .many th:first-child{padding-left:0}
    .quiet{color:var(--faint)}
    .alarm{color:var(--alarm);font-weight:600}
    .n.alarm{white-space:nowrap}
    .strong{font-weight:600}
    figure{margin:28px 0 34px;break-inside:avoid}
    figure svg{display:block;width:100%;height:auto;max-width:720px}
    figcaption{font-size:13.5px;line-height:1.48;color:var(--quiet);margin-top:10px;max-width:54em}
    figcaption b{color:var(--ink);font-weight:600}
    nav{margin:30px 0 0;font-size:14px;line-height:1.5}
    nav ol{list-style:none;display:flex;flex-wrap:wrap;gap:2px 22px;padding:0;margin:0;\
    max-width:none}
    nav li{margin:0}
    nav a{text-decoration:none}
    nav a:hover{text-decoration:underline}
    h2:target{color:var(--accent)}
    details{margin:20px 0 26px}
    summary{cursor:pointer;font-size:13.5px;color:var(--accent);font-weight:500}
    details[open] summary{margin-bottom:-8px}
    .files{white-space:nowrap;font-size:12.5px}
    p.files{white-space:normal}
    .narrow{display:none}
    .filter{font:13.5px/1.5 "Helvetica Neue",Helvetica,Arial,"Liberation Sans",sans-serif;\
    display:flex;flex-wrap:wrap;gap:6px 18px;margin:0}
    .filter[hidden]{display:none}
    .filter input,.filter select{font:inherit;color:inherit;background:var(--block);\
    border:1px solid var(--rule);padding:1px 5px}
    .filter output{color:var(--quiet)}
    dl{display:grid;grid-template-columns:max-content 1fr;gap:7px 20px;margin:0 0 16px;\
    font-size:15px}
    dt{font-weight:500;font-size:13.5px;padding-top:1px}
    dd{margin:0;font-family:"Helvetica Neue",Helvetica,Arial,"Liberation Sans",sans-serif;\
    font-size:13.5px;min-width:0;overflow-wrap:anywhere}
    footer{margin-top:56px;padding-top:12px;border-top:1px solid var(--rule);font-size:12.5px;\
    color:var(--quiet)}
    @media screen and (prefers-color-scheme:dark){
    :root{--paper:\(DarkInk.paper);--clear:\(DarkInk.paper)00;--ink:#e9e7e3;--quiet:#acaba6;\
    --faint:#8f8e89;--rule:#34383e;--line:#24272c;--strong:#6c6c69;--block:#202328;\
    --shadow:#000000b0;--accent:#7db8ee;--alarm:#ff8a7f}
    \(DarkInk.rules)
    }
    @media (max-width:600px){
    body{font-size:16px}
    main{padding:28px 16px 48px}
    h1{font-size:25px}
    .verdict{font-size:18.5px;padding-left:14px}
    .wide{display:none}
    .narrow{display:block}
    figure svg{max-width:440px}
    td:last-child:not(.n){min-width:13em}
    dl{grid-template-columns:1fr;gap:1px}
    dd{margin-bottom:9px}
    }
    @media print{
    @page{size:A4;margin:17mm 16mm 19mm;\
    @bottom-right{content:counter(page) " / " counter(pages);\
    font:8pt "Helvetica Neue",Helvetica,Arial,"Liberation Sans",sans-serif;color:#5a5a5a}}
    body{font-size:10.2pt;line-height:1.45}
    main{max-width:none;padding:0}
    h1{font-size:20pt}
    h2{font-size:13pt;margin-top:20pt;break-after:avoid}
    h3{break-after:avoid}
    .verdict{font-size:13pt}
    .wide{display:block}
    .narrow,.files,.filter{display:none}
    .scroll{overflow:visible;background:none}
    table{font-size:8.2pt}
    .many table{font-size:6.8pt}
    thead{display:table-header-group}
    tbody th,tbody td{padding:2.4pt 0 2.4pt 9pt}
    thead th{padding-left:9pt}
    .many tbody th,.many tbody td,.many thead th{padding-left:5.5pt}
    tbody th:first-child,thead th:first-child,.many th:first-child{padding-left:0}
    nav{margin:12pt 0 0;font-size:9pt}
    nav a{color:var(--quiet)}
    summary{list-style:none;color:var(--ink);break-after:avoid}
    summary::marker{content:""}
    details::details-content{content-visibility:visible;display:block;block-size:auto;opacity:1}
    figure{margin:14pt 0 16pt}
    figure svg{width:auto;max-width:100%;max-height:80mm}
    .table{margin:12pt 0 14pt}
    p,li{orphans:3;widows:3}
    .caption{font-size:8.6pt;break-after:avoid}
    thead th{font-size:7.8pt}
    .many thead th{font-size:6.6pt}
    .short,tr,li,dt,dd{break-inside:avoid}
    figcaption{font-size:8.6pt}
    a{color:inherit;text-decoration:none}
    }
    """
}
