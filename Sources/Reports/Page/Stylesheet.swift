// SPDX-License-Identifier: Apache-2.0

/// The look of a report: one column that is as wide as its figures, quiet type, the same on paper.
/// A table wider than the page casts a shadow on the side where it goes on: white covers, which
/// scroll with it, hide the shadows at its ends.
enum Stylesheet {
  static let css = """
    :root{--ink:#1c1c1c;--quiet:#5a5a5a;--rule:#dcdcd7;--accent:#1f548c;--alarm:#b3261e}
    *{box-sizing:border-box}
    html{-webkit-text-size-adjust:100%}
    body{margin:0;background:#fff;color:var(--ink);font:17px/1.55 "Iowan Old Style",\
    "Palatino Linotype",Palatino,P052,"URW Palladio L",Georgia,serif;\
    text-rendering:optimizeLegibility}
    main{max-width:768px;margin:0 auto;padding:56px 24px 72px}
    h1,h2,h3,table,.caption,figcaption,.label,.files,dt,footer{\
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
    pre{background:#f5f5f2;padding:12px 14px;white-space:pre-wrap;overflow-wrap:anywhere;line-height:1.5;margin:0 0 14px}
    a{color:var(--accent);text-decoration-thickness:1px;text-underline-offset:2px}
    .table{margin:22px 0 28px}
    .scroll{overflow-x:auto;background-repeat:no-repeat;\
    background-attachment:local,local,scroll,scroll;\
    background-size:36px 100%,36px 100%,12px 100%,12px 100%;\
    background-position:0 0,100% 0,0 0,100% 0;\
    background-image:linear-gradient(90deg,#fff 33%,#fff0),linear-gradient(270deg,#fff 33%,#fff0),\
    linear-gradient(90deg,#0000003d,#0000),linear-gradient(270deg,#0000003d,#0000)}
    table{border-collapse:collapse;font-size:13.5px;line-height:1.35;min-width:50%;\
    font-variant-numeric:tabular-nums lining-nums}
    .caption{font-size:13.5px;line-height:1.48;color:var(--quiet);margin:0 0 9px;max-width:54em}
    th{font-weight:500;text-align:left;vertical-align:bottom}
    thead th{color:var(--quiet);padding:3px 0 5px 16px;font-size:12.5px}
    thead th.group{border-bottom:1px solid var(--rule);color:var(--ink);padding-left:0;\
    text-align:center}
    thead tr:first-child th+th.group{border-left:14px solid #fff}
    thead tr:last-child{border-bottom:1px solid #8c8c8c}
    tbody th{white-space:nowrap}
    tbody th,tbody td{padding:4.5px 0 4.5px 16px;vertical-align:top}
    thead th:first-child,tbody th:first-child{padding-left:0;padding-right:8px}
    tbody tr+tr{border-top:1px solid #efefec}
    tbody tr:last-child{border-bottom:1px solid #8c8c8c}
    .n{text-align:right;white-space:nowrap}
    .quiet{color:#767673}
    .alarm{color:var(--alarm);font-weight:600;white-space:nowrap}
    .strong{font-weight:600}
    figure{margin:28px 0 34px;break-inside:avoid}
    figure svg{display:block;width:100%;height:auto;max-width:720px}
    figcaption{font-size:13.5px;line-height:1.48;color:var(--quiet);margin-top:10px;max-width:54em}
    figcaption b{color:var(--ink);font-weight:600}
    .files{white-space:nowrap;font-size:12.5px}
    p.files{white-space:normal}
    .narrow{display:none}
    dl{display:grid;grid-template-columns:max-content 1fr;gap:7px 20px;margin:0 0 16px;\
    font-size:15px}
    dt{font-weight:500;font-size:13.5px;padding-top:1px}
    dd{margin:0;font-family:"Helvetica Neue",Helvetica,Arial,"Liberation Sans",sans-serif;\
    font-size:13.5px;min-width:0;overflow-wrap:anywhere}
    footer{margin-top:56px;padding-top:12px;border-top:1px solid var(--rule);font-size:12.5px;\
    color:var(--quiet)}
    @media screen and (min-width:900px){
    .table{width:max-content;min-width:100%;max-width:calc(50vw + 336px)}
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
    @page{margin:17mm 16mm}
    body{font-size:10.2pt;line-height:1.45}
    main{max-width:none;padding:0}
    h1{font-size:20pt}
    h2{font-size:13pt;margin-top:26pt;break-after:avoid}
    h3{break-after:avoid}
    .verdict{font-size:13pt}
    .wide{display:block}
    .narrow,.files{display:none}
    .scroll{overflow:visible;background:none}
    table{font-size:8.4pt}
    .caption{font-size:8.6pt;break-after:avoid}
    thead th{font-size:8pt}
    .short,tr,li,dt,dd{break-inside:avoid}
    figcaption{font-size:8.6pt}
    a{color:inherit;text-decoration:none}
    }
    """
}
